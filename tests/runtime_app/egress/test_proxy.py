"""Going out through the deployment's proxy: it is told the checked address, never the name."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer

import pytest

from runtime_app.egress.proxy import Proxy
from runtime_app.egress.refusal import EgressRefused
from tests.support.egress import PUBLIC, names, policy, watched, way_out
from tests.support.outside import Outside


class _Tunnel(BaseRequestHandler):
    """A forward proxy that knows CONNECT; `answer` replaces what it says."""

    def handle(self) -> None:
        head = self.request.recv(65_536).decode()
        self.server.heads.append(head)
        answer = self.server.answer
        if answer is not None:
            self.request.sendall(answer)
            return
        host, _, port = head.split(" ")[1].rpartition(":")
        with socket.create_connection((host.strip("[]"), int(port))) as beyond, suppress(OSError):
            self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_copy, args=(beyond, self.request))
            back.start()
            _copy(self.request, beyond)
            back.join()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65_536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)


class _Proxy(ThreadingTCPServer):
    daemon_threads = False
    heads: list[str]
    answer: bytes | None = None


@pytest.fixture
def proxy() -> Iterator[_Proxy]:
    with _Proxy(("127.0.0.1", 0), _Tunnel) as running:
        running.heads = []
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def server() -> Iterator[Outside]:
    with Outside() as running:
        yield running


def through(proxy: _Proxy, login: str = "") -> Proxy:
    return Proxy.parse(f"http://{login}127.0.0.1:{proxy.server_address[1]}")


def test_the_tunnel_leads_to_the_address_and_tls_to_the_host(server: Outside, proxy: _Proxy):
    url = f"https://api.example.com:{server.port}/mirror"
    with watched() as sent:
        fetched = way_out(names(), proxy=through(proxy, "me:pass@")).fetch(url, policy(server))
    assert fetched.status == 200
    assert sent.connects == [("127.0.0.1", proxy.server_address[1])]
    lines = proxy.heads[0].split("\r\n")
    assert lines[0] == f"CONNECT {PUBLIC}:{server.port} HTTP/1.1"
    assert "Proxy-Authorization: Basic bWU6cGFzcw==" in lines
    assert "example" not in proxy.heads[0]
    assert server.server_names[-1] == "api.example.com"
    assert "proxy-authorization" not in fetched.body.decode()


def test_a_redirect_is_a_tunnel_of_its_own(server: Outside, proxy: _Proxy):
    url = f"https://api.example.com:{server.port}/down?n=1"
    way_out(names(), proxy=through(proxy)).fetch(url, policy(server))
    assert len(proxy.heads) == 2


def test_an_address_that_is_not_public_is_refused_before_the_proxy_is_asked(
    server: Outside, proxy: _Proxy
):
    with pytest.raises(EgressRefused, match="address_forbidden"):
        way_out(names(), proxy=through(proxy)).fetch("https://10.0.0.1/", policy(server))
    assert proxy.heads == []


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 403 Forbidden\r\n\r\n",
        b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
        b"HTTP/1.1 2000\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nand more",
        b"HTTP/1.1 200 OK\r\n" + b"x" * 20_000,
        b"",
    ],
)
def test_a_proxy_that_opens_no_tunnel_is_told(server: Outside, proxy: _Proxy, answer: bytes):
    proxy.answer = answer
    url = f"https://api.example.com:{server.port}/"
    with pytest.raises(EgressRefused, match="proxy_refused"):
        way_out(names(), proxy=through(proxy)).fetch(url, policy(server))


def test_a_proxy_that_is_not_there_is_told_and_nothing_goes_around_it(server: Outside):
    before = len(server.heads)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        absent = Proxy("127.0.0.1", closed.getsockname()[1])
        url = f"https://api.example.com:{server.port}/"
        with pytest.raises(EgressRefused, match="proxy_refused"):
            way_out(names(), proxy=absent).fetch(url, policy(server))
    assert len(server.heads) == before


@pytest.mark.parametrize(
    "text",
    [
        "proxy:3128",
        "https://proxy:3128",
        "http://proxy",
        "http://:3128",
        "http://proxy:x",
        "http://p:1/x",
    ],
)
def test_what_is_no_proxy_is_refused(text: str):
    with pytest.raises(ValueError, match="must be http://host:port"):
        Proxy.parse(text)


def test_a_proxy_s_login_is_not_printed():
    assert "pass" not in repr(Proxy.parse("http://me:pass@proxy:3128"))

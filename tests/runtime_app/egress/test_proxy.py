"""Going out through the deployment's proxy: it is told the checked address, never the name."""

import socket
from collections.abc import Iterator

import pytest

from runtime_app.egress.proxy import Proxy
from runtime_app.egress.refusal import EgressRefused
from tests.support.egress import PUBLIC, names, policy, watched, way_out
from tests.support.forward_proxy import ForwardProxy, forward_proxy
from tests.support.outside import Outside


@pytest.fixture
def proxy() -> Iterator[ForwardProxy]:
    with forward_proxy() as running:
        yield running


@pytest.fixture(scope="module")
def server() -> Iterator[Outside]:
    with Outside() as running:
        yield running


def through(proxy: ForwardProxy, login: str = "") -> Proxy:
    return Proxy.parse(f"http://{login}127.0.0.1:{proxy.port}")


def test_the_tunnel_leads_to_the_address_and_tls_to_the_host(server: Outside, proxy: ForwardProxy):
    url = f"https://api.example.com:{server.port}/mirror"
    with watched() as sent:
        fetched = way_out(names(), proxy=through(proxy, "me:pass@")).fetch(url, policy(server))
    assert fetched.status == 200
    assert sent.connects == [("127.0.0.1", proxy.port)]
    lines = proxy.heads[0].split("\r\n")
    assert lines[0] == f"CONNECT {PUBLIC}:{server.port} HTTP/1.1"
    assert "Proxy-Authorization: Basic bWU6cGFzcw==" in lines
    assert "example" not in proxy.heads[0]
    assert server.server_names[-1] == "api.example.com"
    assert "proxy-authorization" not in fetched.body.decode()


def test_a_redirect_is_a_tunnel_of_its_own(server: Outside, proxy: ForwardProxy):
    url = f"https://api.example.com:{server.port}/down?n=1"
    way_out(names(), proxy=through(proxy)).fetch(url, policy(server))
    assert len(proxy.heads) == 2


def test_an_address_that_is_not_public_is_refused_before_the_proxy_is_asked(
    server: Outside, proxy: ForwardProxy
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
def test_a_proxy_that_opens_no_tunnel_is_told(server: Outside, proxy: ForwardProxy, answer: bytes):
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

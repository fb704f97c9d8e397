"""What the server refuses before the application sees it: the same envelope, never a page."""

from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from tests.support.api import PREFIX, Api
from tests.web.envelope import refused
from tests.web.wire import Endless, chunk, exchange, head

RUNS = f"{PREFIX}/runs"
LONG = {"Content-Length": "6000000"}
CLOSE = {"Connection": "close"}


@pytest.mark.parametrize(
    "raw",
    [
        b"hello\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello \r\n\r\n",
        b"\x00\x00\x00\x00\r\n\r\n",
        b"get /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /healthz HTTP/9.9\r\nHost: a\r\n\r\n",
        b"GET /healthz\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost a\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-\x00: b\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nX Y: b\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: b\r\n folded\r\n\r\n",
        b"POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: abc\r\n\r\n",
        b"POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST /a HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /a HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    ],
)
def test_what_is_not_http_is_refused(api: Api, raw: bytes) -> None:
    refused(exchange(api.base_url, raw), 400, "invalid_request")


def test_an_endless_request_line_is_cut_off(api: Api) -> None:
    line = Endless(b"GET /", b"a" * 4_096)
    refused(exchange(api.base_url, line, cut=True), 414, "uri_too_long")
    assert line.was_cut


@pytest.mark.parametrize("piece", [b"a" * 4_096, b"a\r\nX: a" * 500], ids=["one", "many"])
def test_endless_headers_are_cut_off(api: Api, piece: bytes) -> None:
    headers = Endless(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Padding: ", piece)
    refused(exchange(api.base_url, headers, cut=True), 431, "headers_too_large")
    assert headers.was_cut


@pytest.mark.parametrize(
    ("target", "status", "code"), [(RUNS, 413, "payload_too_large"), ("/nope", 404, "not_found")]
)
def test_an_endless_body_is_cut_off(api: Api, target: str, status: int, code: str) -> None:
    opening = head("POST", target, {"Transfer-Encoding": "chunked"})
    body = Endless(opening, chunk(b"x" * 32_768))
    refused(exchange(api.base_url, body, cut=True), status, code)
    assert body.was_cut


@pytest.mark.parametrize(
    ("opening", "status", "code"),
    [
        (b"GET /", 414, "uri_too_long"),
        (b"GET / HTTP/1.1\r\nX: ", 431, "headers_too_large"),
        (head("POST", RUNS, LONG), 413, "payload_too_large"),
        (head("POST", RUNS, LONG | CLOSE), 413, "payload_too_large"),
        (head("POST", "/nope", LONG | CLOSE), 404, "not_found"),
    ],
    ids=["line", "headers", "body", "body, then close", "body of no route"],
)
def test_a_client_that_sends_all_before_it_reads_gets_its_answer(
    api: Api, opening: bytes, status: int, code: str
) -> None:
    pieces = [opening, *[b"a" * 10_000] * 600]
    refused(exchange(api.base_url, pieces), status, code)


def test_a_body_that_stops_coming_does_not_hold_the_answer_back(api: Api) -> None:
    opening = head("POST", "/nope", {"Content-Length": "1000"})
    refused(exchange(api.base_url, opening + b"x"), 404, "not_found")


def test_a_body_that_is_announced_as_too_long_is_refused_before_it_comes(api: Api) -> None:
    opening = head("POST", RUNS, {"Content-Length": "999999999999"})
    refused(exchange(api.base_url, opening), 413, "payload_too_large")


@pytest.mark.parametrize(
    "body",
    [b"zz\r\nabc\r\n0\r\n\r\n", b"-1\r\n", b"3\r\nabcdef\r\n0\r\n\r\n", b"\r\n", b"3 ; \r\nabc"],
)
def test_a_body_in_broken_chunks_is_refused(api: Api, body: bytes) -> None:
    opening = head("POST", RUNS, {"Transfer-Encoding": "chunked"})
    refused(exchange(api.base_url, opening + body), 400, "invalid_request")


def test_a_path_with_doubled_slashes_is_an_unknown_route(api: Api) -> None:
    for method, target in (
        ("POST", f"{PREFIX}//runs"),
        ("GET", f"{PREFIX}/runs//r"),
        ("GET", f"{PREFIX}/threads//t/state"),
    ):
        raw = head(method, target, {"Content-Length": "0"})
        refused(exchange(api.base_url, raw), 404, "not_found")


@pytest.mark.parametrize("target", [f"/{PREFIX}/runs", f"{PREFIX}/runs", f"http://a{PREFIX}/runs"])
def test_no_spelling_of_a_signed_route_goes_round_the_signature(api: Api, target: str) -> None:
    raw = head("POST", target, {"Content-Length": "2", "Content-Type": "application/json"}) + b"{}"
    assert exchange(api.base_url, raw).status_code in (401, 404)


def test_a_connection_serves_on_after_a_refusal(api: Api) -> None:
    """What was not read of a refused body is not taken for the next request."""
    connection = HTTPConnection(urlsplit(api.base_url).netloc, timeout=10)
    with closing(connection):
        for body in (b"x" * 300_000, b"GET / HTTP/1.1\r\n\r\n" * 100):
            connection.request("POST", "/nope", body)
            refusal = connection.getresponse()
            assert (refusal.status, refusal.read()[:10]) == (404, b'{"error":{')
            first_socket = connection.sock
            connection.request("GET", "/healthz")
            assert connection.getresponse().read() == b'{"status":"ok"}\n'
            assert connection.sock is first_socket

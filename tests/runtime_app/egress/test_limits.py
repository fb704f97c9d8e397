"""Servers that give too much, too slowly or nonsense: each refused with its code, in time."""

import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace

import pytest

from runtime_app.egress.policy import EgressLimits
from runtime_app.egress.refusal import EgressRefused
from tests.support.egress import names, policy, way_out
from tests.support.outside import Outside

QUICK = EgressLimits(total_s=0.6)


@pytest.fixture(scope="module")
def server() -> Iterator[Outside]:
    with Outside() as running:
        yield running


def fetch(server: Outside, path: str, limits: EgressLimits | None = None) -> bytes:
    url = f"https://api.example.com:{server.port}{path}"
    return way_out(names()).fetch(url, policy(server, limits)).body


HOSTILE = {
    "/bomb": "expansion_too_large",
    "/deflate-bomb": "expansion_too_large",
    "/endless": "body_too_large",
    "/endless-chunks": "body_too_large",
    "/trailers": "protocol_error",
    "/long?n=1048577": "body_too_large",
    "/headers": "headers_too_large",
    "/one-header": "headers_too_large",
    "/interim": "headers_too_large",
    "/brotli": "encoding_forbidden",
    "/gzip-stacked": "encoding_forbidden",
    "/gzip-cut": "protocol_error",
    "/gzip-twice": "protocol_error",
    "/gzip-not": "protocol_error",
    "/cut": "protocol_error",
    "/empty": "protocol_error",
    "/garbage": "protocol_error",
    "/switch": "protocol_error",
    "/two-lengths": "protocol_error",
    "/packed-transfer": "protocol_error",
    "/bad-chunk": "protocol_error",
}


@pytest.mark.parametrize(("path", "code"), HOSTILE.items())
def test_a_hostile_answer_is_refused_within_bounds_of_memory(server, path, code):
    tracemalloc.start()
    try:
        with pytest.raises(EgressRefused) as caught:
            fetch(server, path)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.code == code
    # The server's own thread is in this figure as well.
    assert peak_bytes < 8 * 1_048_576


@pytest.mark.parametrize("path", ["/slow-body", "/slow-headers", "/silence"])
def test_a_slow_answer_ends_with_the_fetch_s_own_time(server, path):
    began = time.monotonic()
    with pytest.raises(EgressRefused, match="timed_out"):
        fetch(server, path, QUICK)
    assert 0.5 < time.monotonic() - began < 2


def test_redirects_share_one_time(server):
    limits = EgressLimits(total_s=0.6)
    began = time.monotonic()
    with pytest.raises(EgressRefused, match="timed_out"):
        fetch(server, "/redirect?to=/silence", limits)
    assert time.monotonic() - began < 2


def test_a_handshake_that_never_ends_is_given_up():
    with Outside(tls=False) as mute:
        limits = replace(QUICK, connect_s=0.3)
        with pytest.raises(EgressRefused, match="tls_failed"):
            fetch(mute, "/silence", limits)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/gzip", b"hello " * 100),
        ("/deflate", b"hello"),
        ("/raw-deflate", b"hello"),
        ("/long?n=1048576", b"x" * 1_048_576),
    ],
)
def test_what_is_within_the_bounds_arrives_unpacked_and_whole(server, path, body):
    assert fetch(server, path) == body

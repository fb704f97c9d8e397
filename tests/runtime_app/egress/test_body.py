"""Unpacking a body within bounds."""

import gzip
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime_app.egress.body import read_body
from runtime_app.egress.policy import EgressLimits
from runtime_app.egress.refusal import EgressRefused

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "identity": bytes,
    "gzip": gzip.compress,
    " X-GZIP ": gzip.compress,
    "deflate": zlib.compress,
    "Deflate": lambda body: zlib.compress(body, wbits=-15),
}


def split(body: bytes, size: int) -> list[bytes]:
    return [body[at : at + size] for at in range(0, len(body), size)]


@settings(deadline=None, max_examples=60)
@given(
    coding=st.sampled_from(sorted(PACKERS)),
    unit=st.binary(min_size=1, max_size=40),
    count=st.integers(0, 5_000),
    piece_bytes=st.sampled_from((1, 7, 4_096, 1_000_000)),
)
def test_a_body_is_the_same_however_it_is_packed_and_cut(coding, unit, count, piece_bytes):
    body = unit * count
    limits = EgressLimits(pieces=1_000_000, expansion=2_000)
    assert read_body(split(PACKERS[coding](body), piece_bytes), coding, limits) == body


@pytest.mark.parametrize("size", [65_535, 65_536, 65_537, 131_072, 1_048_575, 1_048_576])
@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_nothing_is_lost_where_a_step_ends(coding, size):
    body = bytes(size)
    assert read_body([PACKERS[coding](body)], coding, EgressLimits(expansion=2_000)) == body


def test_tiny_pieces_are_counted():
    with pytest.raises(EgressRefused, match="body_too_large"):
        read_body([b"x"] * 101, "", EgressLimits(pieces=100))


def test_a_small_body_may_grow_and_a_large_one_may_not_grow_beyond_its_share():
    limits = EgressLimits(expansion=10)
    assert len(read_body([gzip.compress(bytes(65_536))], "gzip", limits)) == 65_536
    with pytest.raises(EgressRefused, match="expansion_too_large"):
        read_body([gzip.compress(bytes(65_537))], "gzip", limits)

"""One anchor: signed, written, read back, believed only as it was signed."""

import hashlib
import hmac
from dataclasses import replace

import pytest

from runtime_app.anchors import anchor
from runtime_app.security.key_ring import KeyRing

RING = KeyRing.parse("new:0123456789abcdef,old:fedcba9876543210")
SIGNED = anchor.sign(RING.keys[0], "run-1", 22, bytes(range(32)), 1_700_000_000_000_001)
CHANGES = {
    "run_id": "run-2",
    "seq": 23,
    "head": bytes(32),
    "at_us": 1,
    "key_id": "old",
    "mac": bytes(32),
}


def test_an_outsider_comes_to_the_same_mac_with_hmac_alone():
    texts = ("oa.anchor.v1", "run-1", "22", bytes(range(32)), "1700000000000001", "new")
    fields = [text if isinstance(text, bytes) else text.encode() for text in texts]
    preimage = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    assert SIGNED.mac == hmac.digest(b"0123456789abcdef", preimage, hashlib.sha256)


def test_what_is_written_is_read_back_and_holds():
    assert anchor.read(SIGNED.written()) == SIGNED
    assert anchor.holds(RING, SIGNED)


@pytest.mark.parametrize(("name", "value"), CHANGES.items())
def test_nothing_of_it_can_be_changed(name: str, value: object):
    assert not anchor.holds(RING, replace(SIGNED, **{name: value}))


def test_a_key_that_is_not_in_the_ring_is_said_so():
    with pytest.raises(KeyError):
        anchor.holds(KeyRing(RING.keys[1:]), SIGNED)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", SIGNED.written() + b"\n", SIGNED.written().replace(b":22", b":22.0")],
)
def test_what_is_not_written_like_an_anchor_is_none(content: bytes):
    with pytest.raises(ValueError):
        anchor.read(content)


def test_keys_of_anchors_grant_nothing():
    assert anchor.ring("a:0123456789abcdef").keys[0].key_id == "a"
    with pytest.raises(ValueError, match="nothing after the secret"):
        anchor.ring("a:0123456789abcdef:ops:read")

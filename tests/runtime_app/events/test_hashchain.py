"""The hash chain: the golden file by an outsider's recipe, and what a verifier finds."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime_app.canonical import canonical, stored_loads
from runtime_app.clock import epoch_us
from runtime_app.events.hashchain import GENESIS, Break, Link, Verifier, event_hash, payload_hash

GOLDEN = json.loads((Path(__file__).parents[2] / "golden" / "hashchain" / "chain.json").read_text())
RUN_ID = GOLDEN["run_id"]
HEAD = bytes.fromhex(GOLDEN["chain_head"])
#: It has ended, and all of its deltas may be gone.
FLOOR = len(GOLDEN["events"])
CHAIN = tuple(
    Link(
        event["seq"],
        event["type"],
        event["version"],
        datetime.fromisoformat(event["occurred_at"]),
        event["payload"],
        bytes.fromhex(event["payload_hash"]),
        bytes.fromhex(event["prev_hash"]),
        bytes.fromhex(event["event_hash"]),
    )
    for event in GOLDEN["events"]
)


def test_an_outsider_comes_to_the_same_hashes_with_hashlib_alone():
    prev = bytes(32)
    for event in GOLDEN["events"]:
        payload_digest = bytes.fromhex(event["payload_hash"])
        if event["payload"] is not None:
            assert hashlib.sha256(event["payload"].encode()).digest() == payload_digest
        texts = [GOLDEN["domain"], RUN_ID, event["seq"], event["type"], event["version"]]
        fields = [str(text).encode() for text in (*texts, event["occurred_at_us"])]
        fields += [payload_digest, prev]
        preimage = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
        assert preimage.hex() == event["preimage"]
        assert event["prev_hash"] == prev.hex()
        prev = hashlib.sha256(preimage).digest()
        assert event["event_hash"] == prev.hex()
    assert GOLDEN["chain_head"] == prev.hex()


def test_the_golden_preimage_starts_with_the_bytes_that_the_recipe_says():
    preimage = bytes.fromhex(GOLDEN["events"][0]["preimage"])
    assert preimage.startswith(
        b"\x00\x00\x00\x0boa.event.v1"
        b"\x00\x00\x00\x24018f3b9a-7c11-7abc-8def-0123456789ab"
        b"\x00\x00\x00\x011"
        b"\x00\x00\x00\x0crun.accepted"
        b"\x00\x00\x00\x011"
        b"\x00\x00\x00\x101767323045000006"
        b"\x00\x00\x00\x20"
    )
    assert preimage.endswith(b"\x00\x00\x00\x20" + bytes(32))


@pytest.mark.parametrize("event", GOLDEN["events"], ids=lambda event: event["type"])
def test_the_product_comes_to_the_golden_hashes(event):
    at = datetime.fromisoformat(event["occurred_at"])
    assert epoch_us(at) == event["occurred_at_us"]
    if event["payload"] is not None:
        assert payload_hash(event["payload"]).hex() == event["payload_hash"]
        assert canonical(stored_loads(event["payload"])) == event["payload"]
    linked = event_hash(
        RUN_ID,
        event["seq"],
        event["type"],
        event["version"],
        epoch_us(at),
        bytes.fromhex(event["payload_hash"]),
        bytes.fromhex(event["prev_hash"]),
    )
    assert linked.hex() == event["event_hash"]


def verified(links: tuple[Link, ...], head_seq: int = len(CHAIN), head: bytes = HEAD):
    """What a verifier says of a whole log."""
    verifier = Verifier(RUN_ID)
    return verifier.feed(links, FLOOR) or verifier.finish(head_seq, head)


def test_a_whole_chain_holds_in_pages_of_any_size():
    assert verified(CHAIN) is None
    for cut in range(len(CHAIN) + 1):
        verifier = Verifier(RUN_ID)
        assert verifier.feed(CHAIN[:cut], FLOOR) is None
        assert (verifier.seq, verifier.head) == (cut, CHAIN[cut - 1].event_hash if cut else GENESIS)
        assert verifier.feed(CHAIN[cut:], FLOOR) is None
        assert verifier.finish(len(CHAIN), HEAD) is None


def test_a_chain_may_be_checked_from_a_trusted_place_on():
    verifier = Verifier(RUN_ID, after_seq=2, prev_hash=CHAIN[1].event_hash)
    assert verifier.feed(CHAIN[2:], FLOOR) is None
    assert verifier.finish(len(CHAIN), HEAD) is None
    distrusted = Verifier(RUN_ID, after_seq=2, prev_hash=GENESIS)
    assert distrusted.feed(CHAIN[2:], FLOOR) == Break(
        3, "prev_hash is not the hash of the event before"
    )


def test_a_chain_of_another_run_does_not_hold():
    assert Verifier("another").feed(CHAIN, FLOOR) == Break(
        1, "event_hash does not follow from the event"
    )


Tamper = Callable[[Link], Link]
FLIPS: dict[str, Tamper] = {
    "payload": lambda link: replace(link, payload_text=link.payload_text.replace("e", "E", 1)),
    "payload_hash": lambda link: replace(link, payload_hash=flipped(link.payload_hash)),
    "prev_hash": lambda link: replace(link, prev_hash=flipped(link.prev_hash)),
    "event_hash": lambda link: replace(link, event_hash=flipped(link.event_hash)),
    "type": lambda link: replace(link, type=link.type + "x"),
    "version": lambda link: replace(link, version=link.version + 1),
    "occurred_at": lambda link: replace(
        link, occurred_at=link.occurred_at + timedelta(microseconds=1)
    ),
    "payload and its hash": lambda link: replace(
        link, payload_text="{}", payload_hash=payload_hash("{}")
    ),
}


def flipped(digest: bytes, bit: int = 0) -> bytes:
    return bytes([digest[0] ^ 1 << bit]) + digest[1:]


@pytest.mark.parametrize("what", FLIPS)
@pytest.mark.parametrize("seq", [1, 2, 3])
def test_a_changed_event_is_named(what, seq):
    tampered = list(CHAIN)
    tampered[seq - 1] = FLIPS[what](CHAIN[seq - 1])
    found = verified(tuple(tampered))
    assert found is not None
    assert found.seq == seq


def test_the_last_event_replaced_with_its_hashes_differs_from_the_recorded_head():
    *rest, last = CHAIN
    payload = payload_hash("[]")
    at_us = epoch_us(last.occurred_at)
    linked = event_hash(RUN_ID, 5, last.type, last.version, at_us, payload, last.prev_hash)
    forged = replace(last, payload_text="[]", payload_hash=payload, event_hash=linked)
    assert verified((*rest, forged)) == Break(5, "event_hash differs from the recorded chain head")


@pytest.mark.parametrize("seq", [1, 2, 3, 4])
def test_a_missing_event_is_named(seq):
    found = verified(CHAIN[: seq - 1] + CHAIN[seq:])
    assert found == Break(seq, f"missing: the next event stored is {seq + 1}")


@pytest.mark.parametrize("kept", [0, 1, 4])
def test_a_log_that_was_cut_off_is_missed(kept):
    found = verified(CHAIN[:kept])
    assert found == Break(kept + 1, "missing: the log ends here, its head is 5")


def test_a_log_that_goes_on_past_its_head_is_noticed():
    found = verified(CHAIN, head_seq=3, head=CHAIN[2].event_hash)
    assert found == Break(4, "the head is 3, but the log goes on")


@settings(deadline=None)
@given(st.permutations(CHAIN))
def test_a_changed_order_is_named_where_it_begins(order):
    found = verified(tuple(order))
    wrong = [n for n, (a, b) in enumerate(zip(order, CHAIN, strict=True), 1) if a is not b]
    assert (found.seq if found else None) == (wrong[0] if wrong else None)


def test_only_what_readers_needed_may_be_gone_without_breaking_the_chain():
    gone = {link.type for link in CHAIN if link.payload_text is None}
    assert gone == {"text.delta"}
    assert verified(CHAIN) is None
    robbed = (*CHAIN[:2], replace(CHAIN[2], payload_text=None), *CHAIN[3:])
    assert verified(robbed) == Break(3, "payload is gone, and that of tool.result is kept for good")


@settings(deadline=None)
@given(st.integers(0, 7), st.integers(0, 31), st.sampled_from(["payload_hash", "event_hash"]))
def test_no_single_bit_goes_unnoticed(bit, byte, field):
    digest = getattr(CHAIN[3], field)
    changed = digest[:byte] + flipped(digest[byte:], bit)
    tampered = (*CHAIN[:3], replace(CHAIN[3], **{field: changed}), CHAIN[4])
    found = verified(tampered)
    assert found is not None
    assert found.seq == 4


def test_fields_cannot_run_into_each_other():
    at = (1, bytes(32), bytes(32))
    assert event_hash("run1", 1, "a", 1, *at) != event_hash("run", 11, "a", 1, *at)
    assert event_hash("r", 1, "a1", 1, *at) != event_hash("r", 1, "a", 11, *at)

"""Secrets in model output, cut anywhere: no delta and no sum of deltas shows one."""

import pytest

from runtime_app.events.event import NewEvent
from runtime_app.executor.coalescer import CoalescePolicy, Coalescer
from tests.support.sanitizer import SANITIZER
from tests.support.secrets import planted

SECRETS = planted()
EAGER = CoalescePolicy(every_s=0, max_bytes=1)


def coalesced(pieces: list[str], policy: CoalescePolicy = EAGER) -> list[NewEvent]:
    """The events of a text in these pieces, flushed after each."""
    coalescer = Coalescer(policy, SANITIZER, 1, 1)
    events: list[NewEvent] = []
    for piece in pieces:
        coalescer.feed("text", piece, 0.0)
        events += coalescer.flush()
    return events + coalescer.close()


def shown(events: list[NewEvent]) -> str:
    return "".join(e.payload["delta"] for e in events if e.type == "text.delta")


def ended(events: list[NewEvent]) -> str:
    return "".join(e.payload["text"] for e in events if e.type == "text.ended")


@pytest.mark.parametrize("kind", SECRETS)
def test_cut_in_two_anywhere_it_becomes_what_the_whole_becomes(kind: str) -> None:
    text = f"Use {SECRETS[kind]} for it."
    for cut in range(len(text) + 1):
        events = coalesced([text[:cut], text[cut:]])
        assert shown(events) == ended(events) == SANITIZER.text(text)


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_in_small_pieces_none_of_several_is_shown(size: str) -> None:
    text = "; ".join(f"{kind}: {secret}" for kind, secret in SECRETS.items()) + "."
    events = coalesced([text[at : at + size] for at in range(0, len(text), size)])
    assert shown(events) == ended(events) == SANITIZER.text(text)
    assert not any(secret in shown(events) for secret in SECRETS.values())


def test_the_append_finds_nothing_more_in_deltas_that_were_cut_badly() -> None:
    """The second half of a harmless word looks like a key once it stands alone."""
    events = coalesced(["x", SECRETS["model key"], " is no key there"])
    stored = [event.text(SANITIZER) for event in events]
    assert stored == [event.text(SANITIZER) for event in events]
    for event in events:
        for field in ("delta", "text"):
            if field in event.payload:
                assert SANITIZER.text(event.payload[field]) == event.payload[field]
    assert shown(events) == ended(events)


def test_a_long_text_goes_on_in_another_part_and_loses_nothing() -> None:
    text = "0123456789 " * 400
    pieces = [text[at : at + 50] for at in range(0, len(text), 50)]
    events = coalesced(pieces, CoalescePolicy(part_bytes=1000))
    parts = [event.payload["part_id"] for event in events if event.type == "text.ended"]
    assert len(parts) == len(set(parts)) > 3
    assert shown(events) == ended(events) == text
    assert max(len(e.payload["text"]) for e in events if e.type == "text.ended") < 1100


def test_a_secret_that_lies_on_the_border_of_two_parts_is_not_shown() -> None:
    secret = SECRETS["model key"]
    for lead in range(940, 1010, 3):
        text = "1 " * (lead // 2) + secret + " 2" * 600
        pieces = [text[at : at + 5] for at in range(0, len(text), 5)]
        events = coalesced(pieces, CoalescePolicy(part_bytes=1000))
        assert secret not in shown(events)
        assert shown(events) == ended(events) == SANITIZER.text(text)

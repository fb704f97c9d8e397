"""Every type of the catalogue as the client gets it; what is sent is judged by its own parser."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from runtime_app import sse
from runtime_app.events.catalog import CATALOG
from runtime_app.events.event import Event, NewEvent
from runtime_app.streaming.event_mapper import MAPPED, parts
from tests.support.ai_client import Parser, running_parser
from tests.support.catalogue_payloads import events
from tests.support.sanitizer import SANITIZER

GOLDEN = Path(__file__).parents[2] / "golden" / "event_mapper"
FILES = {path.stem: json.loads(path.read_text()) for path in sorted(GOLDEN.glob("*.json"))}
CASES = [
    pytest.param(name, case, id=f"{name}: {case['name']}")
    for name, file in FILES.items()
    for case in file["cases"]
]

#: Not sent to chat clients; in the native format only.
INTERNAL = {
    "frame.accepted",
    "integrity.mismatch",
    "message.user",
    "model.call_failed",
    "model.call_finished",
    "model.call_started",
    "provider.breaker_changed",
    "run.accepted",
    "run.cancel_requested",
    "run.executor_lost",
    "run.forked",
    "run.resumed",
    "spend.committed",
    "spend.reconcile_required",
    "spend.reconciled",
    "spend.released",
    "spend.reserved",
    "tool.requested",
}


@pytest.fixture(scope="module")
def parser() -> Iterator[Parser]:
    with running_parser() as running:
        yield running


def mapped(event_type: str, payload: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts of an event, of a run `run-1`."""
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    return parts("run-1", Event(1, event_type, 1, payload, at))


def body(sent: list[dict[str, Any]]) -> bytes:
    """Parts as a stream holds them."""
    return b"".join(sse.encode(json.dumps(part)) for part in sent)


def test_every_type_of_the_catalogue_is_either_sent_or_internal():
    assert set(CATALOG) == MAPPED | INTERNAL
    assert MAPPED.isdisjoint(INTERNAL)


def test_every_type_of_the_catalogue_has_a_golden_file():
    assert set(FILES) == set(CATALOG)
    assert all(name == file["type"] for name, file in FILES.items())


@pytest.mark.parametrize(("event_type", "case"), CASES)
def test_an_event_becomes_the_parts_of_its_golden_file(event_type, case):
    offered = NewEvent(event_type, case["payload"])  # refuses what the catalogue does not allow
    assert mapped(event_type, json.loads(offered.text(SANITIZER))) == case["parts"]


@pytest.mark.parametrize(("event_type", "case"), CASES)
def test_the_client_takes_every_part_of_the_golden_files(parser, event_type, case):
    assert parser.parse(body(case["parts"])) == (case["parts"], [])
    unsent = case["name"].startswith("is not sent")
    assert bool(case["parts"]) == (event_type in MAPPED and not unsent)


def test_the_client_refuses_what_the_golden_files_must_not_hold(parser):
    wrong = [
        {"type": "text-delta", "delta": "without an id"},
        {"type": "finish", "finishReason": "eos_token"},
        {"type": "step-superseded"},
    ]
    taken, refused = parser.parse(body(wrong))
    assert taken == []
    assert len(refused) == len(wrong)


@settings(deadline=None)
@given(events)
def test_the_client_takes_whatever_the_catalogue_allows(parser, event):
    event_type, payload = event
    sent = mapped(event_type, payload)
    assert parser.parse(body(sent)) == (sent, [])
    assert bool(sent) == (event_type in MAPPED)


@settings(deadline=None)
@given(events)
def test_mapping_an_event_leaves_it_as_it_was(event):
    event_type, payload = event
    before = json.dumps(payload)
    mapped(event_type, payload)
    assert json.dumps(payload) == before

"""What an event's text keeps, leaves alone and drops."""

import json
from typing import Any

import pytest

from runtime_app.canonical import canonical, stored_loads
from runtime_app.db.database import Database
from runtime_app.events.catalog import CATALOG
from runtime_app.events.event import NewEvent
from runtime_app.sanitizer import PseudonymKeys, Sanitizer
from tests.support.runs import append, events_after, fresh_run
from tests.support.sanitizer import KEYS, SANITIZER
from tests.support.secrets import planted

SECRETS = planted()
CALL: dict[str, Any] = {"tool_call_id": "call_1", "tool_name": "probe", "step": 1}


def stored(event_type: str, payload: dict[str, Any]) -> Any:
    return json.loads(NewEvent(event_type, payload).text(SANITIZER))


@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_is_replaced_wherever_it_stands(kind: str) -> None:
    secret = SECRETS[kind]
    given = {"a": [{"b": f"it is {secret}"}], secret: 1, "api_key": "whatever this is"}
    text = canonical(stored("tool.call", CALL | {"input": given}))
    assert secret not in text
    assert "whatever" not in text
    assert text.count("[redacted:") == 3


def test_what_has_no_secret_is_the_canonical_text_of_what_was_given() -> None:
    payload = CALL | {
        "input": {"id": "7c78875e2a3e7763d7518e6c52652fc3", "n": 1e21, "max_tokens": 5}
    }
    assert NewEvent("tool.call", payload).text(SANITIZER) == canonical(payload)


def test_the_text_is_canonical_and_sanitizing_it_again_changes_nothing() -> None:
    text = NewEvent("tool.call", CALL | {"input": SECRETS}).text(SANITIZER)
    assert canonical(stored_loads(text)) == text
    assert NewEvent("tool.call", stored_loads(text)).text(SANITIZER) == text


@pytest.mark.parametrize("event_type", CATALOG)
def test_no_field_of_the_catalogue_is_a_secret_by_its_name(event_type: str) -> None:
    fields = dict.fromkeys(CATALOG[event_type].fields, "Ab3-some-Value-of-16")
    assert SANITIZER.value(fields) == fields


def test_an_append_returns_what_it_has_stored(db: Database) -> None:
    run_id = fresh_run(db)
    event = NewEvent("tool.call", CALL | {"input": SECRETS})
    [returned] = append(db, run_id, event).events
    [read] = events_after(db, run_id, 1)
    assert returned == read
    assert read.payload["input"] == SANITIZER.value(SECRETS)


class Broken(dict[str, Any]):
    """A value that can be written, and fails whoever walks through it."""

    def items(self) -> Any:
        raise RuntimeError("a defect")


def test_a_value_on_which_the_sanitizer_fails_is_dropped_alone_and_told() -> None:
    failures: list[str] = []
    sanitizer = Sanitizer(PseudonymKeys.parse(KEYS), failures.append)
    payload = CALL | {"input": Broken(password="x", deep=[SECRETS])}
    text = json.loads(NewEvent("tool.call", payload).text(sanitizer))
    assert text == CALL | {"input": "[unsanitized]"}
    assert failures

"""The chain of acts: the recipe is held by a golden file; every change to a row is found."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from runtime_app.audit.act import Entry
from runtime_app.audit.chain import GENESIS, ActVerifier, row_hash
from tests.support.stack import PROJECT

GOLDEN = json.loads((PROJECT / "tests/golden/audit/chain.json").read_text())


def entry(stored: dict[str, Any]) -> Entry:
    """A row of the golden file."""
    hashes = {name: bytes.fromhex(stored[name]) for name in ("prev_hash", "row_hash")}
    return Entry(**{**stored, "at": datetime.fromisoformat(stored["at"]), **hashes})


ROWS = [entry(stored) for stored in GOLDEN]

# What somebody may change in the second of three rows.
CHANGED: dict[str, Any] = {
    "at": datetime(2026, 1, 1, tzinfo=UTC),
    "actor": "mallory",
    "role": "ops:act",
    "key_id": None,
    "act": "run.cancel",
    "target": None,
    "arguments": "{}",
    "reason": "none of your business",
    "before": "{}",
    "after": "{}",
    "outcome": "unchanged",
    "request_id": "",
    "prev_hash": GENESIS,
    "row_hash": GENESIS,
}


def test_the_golden_rows_follow_from_the_recipe():
    assert [row_hash(row) for row in ROWS] == [row.row_hash for row in ROWS]


def test_a_chain_that_nobody_touched_holds():
    verifier = ActVerifier()

    assert verifier.feed(ROWS) is None
    assert verifier.finish(3, ROWS[-1].row_hash) is None
    assert (verifier.seq, verifier.head) == (3, ROWS[-1].row_hash)


@pytest.mark.parametrize("field", CHANGED)
def test_a_change_to_any_field_is_found_at_its_row(field: str):
    changed = [ROWS[0], replace(ROWS[1], **{field: CHANGED[field]}), ROWS[2]]
    flaw = ActVerifier().feed(changed)

    assert flaw is not None
    assert flaw.seq == 2


def test_nothing_and_an_empty_text_are_not_the_same():
    assert row_hash(replace(ROWS[0], target=None)) != row_hash(replace(ROWS[0], target=""))


def test_a_row_that_is_missing_or_comes_too_early_is_found():
    gone, swapped = ActVerifier().feed([ROWS[0], ROWS[2]]), ActVerifier().feed([ROWS[1], ROWS[0]])

    assert gone is not None
    assert (gone.seq, gone.reason) == (2, "missing: the next row stored is 3")
    assert swapped is not None
    assert swapped.seq == 1


def test_rows_cut_off_or_added_at_the_end_are_found_by_the_head():
    verifier = ActVerifier()
    assert verifier.feed(ROWS[:2]) is None

    cut, added = verifier.finish(3, ROWS[2].row_hash), verifier.finish(1, ROWS[0].row_hash)
    other = verifier.finish(2, GENESIS)

    assert cut is not None
    assert cut.seq == 3
    assert added is not None
    assert added.seq == 2
    assert other is not None
    assert other.reason == "row_hash differs from the recorded chain head"


def test_the_golden_file_covers_what_is_null_and_what_is_not():
    for name in ("key_id", "target", "before", "after", "request_id"):
        assert {stored[name] is None for stored in GOLDEN} == {True, False}, name

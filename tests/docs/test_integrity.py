"""The checker printed in INTEGRITY.md works on the export of a real run, and sees tampering."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.docs.markdown import document
from tests.support.api import Api, fresh

Export = dict[str, Any]


@pytest.fixture(scope="module")
def run(api: Api) -> tuple[str, str, Export]:
    """A finished run: its id, its chain head, its events."""
    run_id, thread_id = fresh(), fresh("t")
    list(api.run_and_stream(run_id, thread_id, "What is 6*7? Ünïcödé ✓"))
    head = api.snapshot(run_id, thread_id)["chainHead"]
    return run_id, head, {"events": api.events(run_id, thread_id)}


def _check(run_id: str, head: str, export: Export) -> tuple[int, str]:
    (program,) = document("docs/INTEGRITY.md").blocks("python")
    done = subprocess.run(
        [sys.executable, "-c", program, run_id, head],
        input=json.dumps(export),
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_chain_of_a_real_run_holds(run: tuple[str, str, Export]) -> None:
    run_id, head, export = run
    assert _check(run_id, head, export) == (
        0,
        f"the chain holds: {len(export['events'])} events\n",
    )


def test_a_payload_that_is_no_longer_kept_leaves_the_chain_whole(
    run: tuple[str, str, Export],
) -> None:
    run_id, head, export = run
    events = export["events"]
    pruned = [e | {"payload": None} if e["type"] == "text.delta" else e for e in events]
    assert pruned != events
    assert _check(run_id, head, {"events": pruned})[0] == 0
    (end,) = (e for e in events if e["type"] == "run.finished")
    goes_on = [e for e in pruned if e is not end]
    code, said = _check(run_id, goes_on[-1]["eventHash"], {"events": goes_on})
    assert (code, "is gone" in said) == (1, True)
    robbed = [events[0] | {"payload": None}, *events[1:]]
    assert _check(run_id, head, {"events": robbed})[0] == 1


def test_what_was_changed_dropped_or_cut_off_is_named(run: tuple[str, str, Export]) -> None:
    run_id, head, export = run
    events = export["events"]
    third = events[2]
    changed = [*events[:2], third | {"payload": third["payload"] | {"code_version": "x"}}]
    retyped = [*events[:2], third | {"type": "run.resumed"}]
    later = [*events[:2], third | {"occurredAt": "2020-01-01T00:00:00.000000Z"}]
    cases = {
        "the payload of event 3 was changed": changed,
        "event 3 was changed": retyped,
        "event 3 is missing, or does not follow": [*events[:2], *events[3:]],
        f"the log ends at event {len(events) - 1}": events[:-1],
    }
    for said, tampered in cases.items():
        code, output = _check(run_id, head, {"events": tampered})
        assert code == 1
        assert said in output
    assert "event 3 was changed" in _check(run_id, head, {"events": later})[1]

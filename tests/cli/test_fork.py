"""`runs fork`: a run that begins where another one stood, as its owner then sees it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Oa
from tests.support.api import Api, fresh, text_of
from tests.support.stack import PROJECT
from tests.web.endings import ended

REASON = ("--reason", "another way on")
Run = tuple[str, str]


def fork(oa: Oa, run: Run, *options: str) -> Run:
    return oa.ok("runs", "fork", run[0], *options, *REASON).strip(), run[1]


def seqs(api: Api, run: Run, event_type: str) -> list[str]:
    return [str(event["seq"]) for event in api.events(*run) if event["type"] == event_type]


def test_a_fork_of_an_ended_run_goes_on_with_its_conversation(oa: Oa, api: Api) -> None:
    parent = ended(api, "first", model="scripted/echo", metadata={"about": "forks"})
    before = api.snapshot(*parent)
    child = fork(oa, parent, "--model", "scripted/tokens?n=2&delay_ms=0")
    accepted, forked = api.events(*child)
    assert accepted["payload"]["parent_run_id"] == parent[0]
    assert accepted["payload"]["parent_seq"] == before["latestSeq"]
    assert accepted["payload"]["parent_hash"] == before["chainHead"]
    assert accepted["payload"]["metadata"] == {"about": "forks"}
    said = [(message["role"], message["text"]) for message in forked["payload"]["messages"]]
    assert said == [("user", "first"), ("assistant", "first")]
    assert api.frame(*child, "f1", "and then").status_code == 202
    assert len(text_of(api.stream(*child)).split()) == 2
    read = api.snapshot(*child)["usage"]["inputTokens"]
    assert read > before["usage"]["inputTokens"]
    assert api.snapshot(*parent) == before
    assert api.as_user(7).get("", *child).status_code == 403


def test_a_message_that_waited_at_that_seq_is_answered_anew(oa: Oa, api: Api) -> None:
    parent = ended(api, "once more", model="scripted/fail?after=1")
    (asked,) = seqs(api, parent, "frame.accepted")
    child = fork(oa, parent, "--at", asked, "--model", "scripted/echo")
    assert text_of(api.stream(*child)) == "once more"
    assert api.snapshot(*child)["terminal"]["status"] == "completed"
    assert api.frame(*child, "f1", "once more").status_code == 200


def test_a_turn_that_was_open_goes_on_with_the_results_it_had(
    oa: Oa, api: Api, tmp_path: Path
) -> None:
    parent = ended(api, model="scripted/tools?calls=3&parallel=0&asks=new")
    _, second, _ = seqs(api, parent, "tool.result")
    child = fork(oa, parent, "--at", second)
    assert text_of(api.stream(*child)) == "Called calc 3 times."
    calls = [e["payload"]["input"] for e in api.events(*child) if e["type"] == "tool.call"]
    assert calls == [{"expression": "2 + 1"}]
    assert api.snapshot(*child)["usage"]["toolCalls"] == 1
    assert api.get("/integrity", *child).json()["verified"] is True

    copy = tmp_path / "child.jsonl"
    oa.ok("runs", "export", child[0], "--output", str(copy))
    checker = [sys.executable, str(PROJECT / "docs" / "verify" / "verify.py"), str(copy)]
    checked = subprocess.run(checker, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    events = [json.loads(line) for line in copy.read_text().splitlines() if '"event"' in line]
    parent_event = api.events(*parent)[int(second) - 1]
    first = json.loads(events[0]["payload"])
    assert (first["parent_run_id"], first["parent_seq"]) == (parent[0], int(second))
    assert first["parent_hash"] == parent_event["eventHash"]


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (("--at", "9999"), "is beyond the head"),
        (("--at", "6"), "is in the middle of a step; the nearest that can be forked is 4"),
        (("--at", "0"), "0 is not in the range"),
    ],
)
def test_a_seq_that_cannot_be_forked_is_refused_with_the_nearest_that_can(
    oa: Oa, api: Api, at: tuple[str, str], told: str
) -> None:
    done = oa("runs", "fork", ended(api)[0], *at, *REASON)
    assert (done.code != 0, done.out) == (True, "")
    assert told in done.err


def test_a_run_that_is_one_tool_call_cannot_be_forked(oa: Oa, api: Api) -> None:
    thread_id = fresh("t")
    body = {"thread_id": thread_id, "tool_name": "clock"}
    told = api.send("POST", "/tools/execute", thread_id=thread_id, body=body).json()
    done = oa("runs", "fork", told["runId"], *REASON)
    assert (done.code != 0, done.out) == (True, "")
    assert "is one tool call" in done.err


def test_a_run_that_does_not_exist_cannot_be_forked(oa: Oa) -> None:
    done = oa("runs", "fork", fresh(), *REASON)
    assert (done.code, done.out) == (1, "")
    assert "there is no run" in done.err

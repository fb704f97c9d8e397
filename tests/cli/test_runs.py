"""`runs list|show|tail|cancel`: on the database, whoever owns the run."""

import json

import pytest

from tests.cli.conftest import Oa
from tests.support.api import Api, fresh
from tests.support.stack import eventually

REASON = ("--reason", "it hangs")


@pytest.fixture
def finished(api: Api) -> tuple[str, str]:
    """A run that was answered, and its thread."""
    run_id, thread_id = fresh(), fresh("t")
    list(api.run_and_stream(run_id, thread_id, "good morning", model="scripted/echo"))
    return run_id, thread_id


def test_show_prints_a_run_with_its_owner_and_its_end(oa: Oa, finished: tuple[str, str]) -> None:
    run_id, thread_id = finished
    shown = dict(line.split(maxsplit=1) for line in oa.ok("runs", "show", run_id).splitlines())
    assert shown["run"] == run_id
    assert shown["thread"] == thread_id
    assert shown["owner"] == "user:42"
    assert shown["model"] == "scripted/echo"
    assert shown["status"] == shown["reason_class"] == "completed"
    assert shown["reason"] == "-"


def test_show_prints_json_that_agrees_with_the_snapshot(
    oa: Oa, api: Api, finished: tuple[str, str]
) -> None:
    run_id, thread_id = finished
    facts = json.loads(oa.ok("runs", "show", run_id, "--json"))
    snapshot = api.snapshot(run_id, thread_id)
    assert facts["latest_seq"] == snapshot["latestSeq"]
    assert facts["chain_head"] == snapshot["chainHead"]
    assert facts["ended_at"] == snapshot["terminal"]["at"]
    assert facts["reason"] is None


@pytest.mark.parametrize("verb", ["show", "tail", "cancel"])
def test_a_run_that_does_not_exist_is_said_so_with_exit_code_1(oa: Oa, verb: str) -> None:
    done = oa("runs", verb, "no-such-run", *(REASON if verb == "cancel" else ()))
    assert (done.code, done.out) == (1, "")
    assert "there is no run 'no-such-run'" in done.err


def test_the_newest_runs_are_listed_those_that_have_not_ended_first(
    oa: Oa, api: Api, finished: tuple[str, str]
) -> None:
    run_id, thread_id = finished
    waits = fresh()
    assert api.start(waits, thread_id).status_code == 201
    assert oa.ok("runs", "list", "--thread", thread_id).splitlines()[-1] == "2 runs"
    listed = oa.ok("runs", "list", "--limit", "1000").splitlines()
    ids = [line.split()[2] for line in listed[:-1]]
    assert ids.index(waits) < ids.index(run_id)
    live = json.loads(oa.ok("runs", "list", "--live", "--limit", "1000", "--json"))
    assert waits in {run["run"] for run in live}
    assert {run["ended_at"] for run in live} == {None}


def test_tail_prints_a_line_an_event(oa: Oa, api: Api, finished: tuple[str, str]) -> None:
    run_id, thread_id = finished
    lines = oa.ok("runs", "tail", run_id).splitlines()
    stored = [(str(e["seq"]), e["type"]) for e in api.events(run_id, thread_id)]
    assert [(line.split()[0], line.split()[2]) for line in lines] == stored
    assert '"text": "good morning"' in next(line for line in lines if "message.user" in line)


def test_tail_refuses_a_cursor_that_lies_ahead(oa: Oa, finished: tuple[str, str]) -> None:
    done = oa("runs", "tail", finished[0], "--cursor", "5000")
    assert (done.code, done.out) == (2, "")
    assert "5000 is ahead of the log" in done.err


def test_tail_prints_the_native_events_of_an_ended_run_and_ends(
    oa: Oa, api: Api, finished: tuple[str, str]
) -> None:
    run_id, thread_id = finished
    out = oa.ok("runs", "tail", run_id, "--format", "native")
    printed = [line for line in out.splitlines() if line.startswith("event: ")]
    stored = api.events(run_id, thread_id)
    assert printed == [f"event: {event['type']}" for event in stored]


def test_tail_begins_at_a_cursor_and_speaks_to_ai_sdk_clients(
    oa: Oa, api: Api, finished: tuple[str, str]
) -> None:
    run_id, thread_id = finished
    last = api.snapshot(run_id, thread_id)["latestSeq"]
    out = oa.ok("runs", "tail", run_id, "--format", "ai-sdk", "--cursor", str(last - 1))
    data = [line for line in out.splitlines() if line.startswith("data: ")]
    assert len(data) == 2
    assert '"type":"finish"' in data[0]
    assert data[1] == "data: [DONE]"


def test_tail_follows_a_run_that_is_still_going_to_its_end(oa: Oa, api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    model = "scripted/tokens?n=30&delay_ms=100&bytes=8"
    assert api.start(run_id, thread_id, model=model).status_code == 201
    assert api.frame(run_id, thread_id, "f1").status_code == 202
    eventually(lambda: api.snapshot(run_id, thread_id)["status"] == "running")
    out = oa.ok("runs", "tail", run_id, "--format", "native")
    assert out.count("event: run.finished") == 1
    said = [json.loads(line[6:]) for line in out.splitlines() if line.startswith("data: ")]
    assert [event["seq"] for event in said] == list(range(1, len(said) + 1))


def test_cancel_ends_a_run_that_hangs_and_says_when_nothing_is_left_to_do(oa: Oa, api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    assert api.start(run_id, thread_id, model="scripted/stall?after=1").status_code == 201
    assert api.frame(run_id, thread_id, "f1").status_code == 202
    eventually(lambda: api.snapshot(run_id, thread_id)["status"] == "running")
    assert oa.ok("runs", "cancel", run_id, *REASON) == f"{run_id}: canceling\n"
    eventually(lambda: api.snapshot(run_id, thread_id)["status"] == "canceled")
    assert oa.ok("runs", "cancel", run_id, *REASON) == f"{run_id}: canceled (nothing to do)\n"
    asked = [e for e in api.events(run_id, thread_id) if e["type"] == "run.cancel_requested"]
    assert [event["payload"] for event in asked] == [{"reason": "it hangs", "by": "operator"}]

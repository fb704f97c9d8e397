"""POST /runs/{run_id}/fork: a run that begins where another one stood, for the parent's owner."""

from typing import Any

import pytest
import requests

from tests.support.api import Api, fresh, text_of
from tests.support.reader import Reader
from tests.support.stack import eventually
from tests.web.endings import ended
from tests.web.envelope import refused

ECHO = "scripted/echo"
Run = tuple[str, str]


def fork(api: Api, parent: Run, **fields: Any) -> requests.Response:
    run_id, thread_id = parent
    body = {"thread_id": thread_id, **fields}
    return api.send("POST", f"/runs/{run_id}/fork", body=body, run_id=run_id, thread_id=thread_id)


def seq_of(api: Api, run: Run, event_type: str) -> int:
    return next(int(each["seq"]) for each in api.events(*run) if each["type"] == event_type)


def test_a_message_is_answered_anew_by_a_fork_that_names_where_it_comes_from(api: Api) -> None:
    parent = ended(api, "once more", model="scripted/fail?after=1")
    at = seq_of(api, parent, "frame.accepted")
    answer = fork(api, parent, at=at, model=ECHO)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["threadId"], told["idempotentReplay"]) == (parent[1], False)
    child = told["runId"], parent[1]
    assert text_of(api.stream(*child)) == "once more"
    first = api.events(*child)[0]["payload"]
    assert (first["parent_run_id"], first["parent_seq"]) == (parent[0], at)
    assert first["parent_hash"] == api.events(*parent)[at - 1]["eventHash"]


def test_a_fork_at_the_head_waits_for_a_message_and_knows_what_was_said(api: Api) -> None:
    parent = ended(api, "first", model=ECHO)
    child = fork(api, parent).json()["runId"], parent[1]
    _, forked = api.events(*child)
    assert [each["text"] for each in forked["payload"]["messages"]] == ["first", "first"]
    assert api.frame(*child, "f1", "and then").status_code == 202
    assert text_of(api.stream(*child)) == "and then"


def test_the_same_fork_again_is_the_same_run_though_its_parent_has_gone_on(api: Api) -> None:
    run_id, thread_id = parent = fresh(), fresh("t")
    assert api.start(*parent, model=ECHO, mode="session").status_code == 201
    child = fresh()
    begun = fork(api, parent, new_run_id=child)
    assert (begun.status_code, begun.json()["runId"]) == (201, child)
    assert api.frame(run_id, thread_id, "f1").status_code == 202
    eventually(lambda: api.snapshot(*parent)["status"] == "waiting_input", what="the answer")
    again = fork(api, parent, new_run_id=child)
    assert (again.status_code, again.json()["idempotentReplay"]) == (200, True)
    assert len(api.events(child, thread_id)) == 2
    refused(fork(api, parent, new_run_id=child, at=1), 409, "conflict")
    refused(fork(api, parent, new_run_id=run_id), 409, "conflict")


def test_an_answer_is_asked_for_again_in_the_place_of_the_one_under_way(api: Api) -> None:
    run_id, thread_id = parent = fresh(), fresh("t")
    assert api.start(*parent, model="scripted/stall?after=2").status_code == 201
    watcher = Reader(api, run_id, thread_id)
    assert api.frame(run_id, thread_id, "f1", "again").status_code == 202
    eventually(lambda: api.snapshot(*parent)["status"] == "running", what="the parent at work")
    at = seq_of(api, parent, "frame.accepted")
    error = refused(fork(api, parent, at=at, on_busy="reject"), 409, "conflict")
    assert error["details"] == [{"field": "live_run", "message": run_id}]
    answer = fork(api, parent, at=at, model=ECHO, on_busy="interrupt")
    child = answer.json()["runId"]
    assert text_of(api.stream(child, thread_id)) == "again"
    watcher.wait_done(within_s=20)
    assert watcher.parts[-1] == {"type": "abort", "reason": f"interrupted by run {child}"}


def test_only_the_owner_forks_a_run_and_only_under_its_thread(api: Api) -> None:
    parent = ended(api, model=ECHO)
    refused(fork(api.as_user(7), parent), 403, "forbidden")
    refused(fork(api, (parent[0], fresh("t"))), 403, "forbidden")
    refused(fork(api, (fresh(), parent[1])), 404, "not_found")
    others = ended(api.as_user(7), model=ECHO)
    refused(fork(api, parent, new_run_id=others[0]), 403, "forbidden")


@pytest.mark.parametrize(
    ("at", "told"),
    [(9999, "is beyond the head"), (6, "is in the middle of a step")],
)
def test_where_a_run_cannot_be_forked_the_nearest_seq_is_told(api: Api, at: int, told: str) -> None:
    error = refused(fork(api, ended(api, model=ECHO), at=at), 409, "conflict")
    assert told in error["message"]
    (detail,) = error["details"]
    assert detail["field"] == "at"
    assert "the nearest that can be forked is" in detail["message"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("at", 0), ("at", "last"), ("new_run_id", "no id"), ("model", "x"), ("on_busy", "hurry")],
)
def test_a_field_that_is_none_is_named(api: Api, field: str, value: Any) -> None:
    parent = ended(api, model=ECHO)
    error = refused(fork(api, parent, **{field: value}), 400, "invalid_request")
    assert [detail["field"] for detail in error["details"]] == [field]

"""Looking at a run: snapshot, events, integrity, the state of its thread."""

import json
from typing import Any

import psycopg2
import pytest

from tests.support.api import Api, fresh
from tests.support.postgres import session
from tests.support.replayed import forged
from tests.support.stack import eventually
from tests.web import routes
from tests.web.endings import ended
from tests.web.envelope import fields, refused

NO_HASH = "0" * 64


@pytest.fixture(scope="module")
def run(api: Api) -> tuple[str, str]:
    """A run that has called a tool and has ended."""
    return ended(api, "what time is it?", model="scripted/demo")


def test_a_snapshot_of_a_run_that_waits(api: Api) -> None:
    run_id, thread_id = routes.start(api)
    snapshot = api.snapshot(run_id, thread_id)
    assert snapshot == api.get("", run_id, thread_id).json()
    created = snapshot.pop("createdAt")
    assert created == snapshot.pop("updatedAt")
    assert created.endswith("Z")
    assert len(created) == len("2026-01-02T03:04:05.000006Z")
    event = api.events(run_id, thread_id)[0]
    assert set(snapshot.pop("caps")) == {
        "steps",
        "wall_clock_s",
        "tokens",
        "model_calls",
        "tool_calls",
    }
    assert snapshot == {
        "runId": run_id,
        "threadId": thread_id,
        "status": "accepted",
        "latestSeq": 1,
        "floorSeq": 0,
        "mode": "turn",
        "model": "scripted/echo",
        "steps": 0,
        "usage": {"modelCalls": 0, "toolCalls": 0, "inputTokens": 0, "outputTokens": 0},
        "pendingToolCalls": [],
        "pendingApprovals": [],
        "cancelRequested": False,
        "terminal": None,
        "chainHead": event["eventHash"],
    }


def test_a_snapshot_of_a_run_that_has_ended(api: Api, run: tuple[str, str]) -> None:
    snapshot, events = api.snapshot(*run), api.events(*run)
    assert snapshot["status"] == "completed"
    assert snapshot["latestSeq"] == len(events)
    assert snapshot["chainHead"] == events[-1]["eventHash"]
    assert snapshot["steps"] == 2
    usage = snapshot["usage"]
    assert (usage["modelCalls"], usage["toolCalls"]) == (2, 1)
    assert usage["inputTokens"] > 0
    assert usage["outputTokens"] > 0
    assert snapshot["terminal"] == {
        "status": "completed",
        "reasonClass": "completed",
        "reason": None,
        "at": events[-1]["occurredAt"],
    }


def test_events_come_in_order_linked_by_their_hashes(api: Api, run: tuple[str, str]) -> None:
    events = api.events(*run)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [event["prevHash"] for event in events] == [
        NO_HASH,
        *(event["eventHash"] for event in events[:-1]),
    ]
    names = {"seq", "type", "version", "occurredAt", "payload"}
    hashes = {"payloadHash", "prevHash", "eventHash"}
    assert all(set(event) == names | hashes for event in events)
    assert events[0]["type"] == "run.accepted"
    assert events[-1]["type"] == "run.finished"


@pytest.mark.parametrize("limit", [1, 2, 7, 1000])
def test_events_come_in_pages(api: Api, run: tuple[str, str], limit: int) -> None:
    whole = api.events(*run)
    found: list[dict[str, Any]] = []
    after = 0
    while True:
        page = api.get("/events", *run, f"&after={after}&limit={limit}").json()
        assert page["latestSeq"] == len(whole)
        assert page["floorSeq"] == 0
        assert len(page["events"]) <= limit
        if not page["events"]:
            break
        found += page["events"]
        after = page["nextAfter"]
        assert after == found[-1]["seq"]
    assert page["nextAfter"] == len(whole)
    assert found == whole


def test_a_page_of_large_events_is_bounded_in_bytes(api: Api) -> None:
    run = fresh(), fresh("t")
    assert api.start(*run, mode="session").status_code == 201
    for number in range(8):
        payload = {"pages": ["x" * 65_536] * 3}
        sent = api.frame(*run, f"c{number}", type="context", payload=payload)
        assert sent.status_code == 202
    found, after, latest = [], 0, 1
    while after < latest:
        page = api.get("/events", *run, f"&after={after}&limit=1000").json()
        sizes = [len(json.dumps(event["payload"])) for event in page["events"]]
        assert sum(sizes[:-1]) < 1_048_576
        assert "hole" not in page
        found += [event["seq"] for event in page["events"]]
        after, latest = page["nextAfter"], page["latestSeq"]
    assert found == list(range(1, latest + 1))
    assert api.get("/integrity", *run).json()["verified"]


def test_events_after_the_head_are_none_yet(api: Api, run: tuple[str, str]) -> None:
    page = api.get("/events", *run, "&after=100000").json()
    assert (page["events"], page["nextAfter"]) == ([], 100000)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("&after=-1", "after"),
        ("&after=x", "after"),
        ("&after=", "after"),
        ("&limit=0", "limit"),
        ("&limit=1001", "limit"),
        ("&limit=all", "limit"),
    ],
)
def test_a_page_that_is_none_is_refused(
    api: Api, run: tuple[str, str], query: str, field: str
) -> None:
    error = refused(api.get("/events", *run, query), 400, "invalid_request")
    assert fields(error) == [field]


def test_the_chain_of_a_run_verifies(api: Api, run: tuple[str, str]) -> None:
    events = api.events(*run)
    eventually(lambda: api.get("/integrity", *run).json()["anchoredTo"], what="the anchor")
    assert api.get("/integrity", *run).json() == {
        "runId": run[0],
        "verified": True,
        "checkedFrom": 1,
        "checkedTo": len(events),
        "head": events[-1]["eventHash"],
        "anchoredTo": len(events),
    }


def test_it_is_checked_from_where_the_caller_says(api: Api, run: tuple[str, str]) -> None:
    def begun(where: str) -> Any:
        return api.get("/integrity", *run, query=f"&from={where}").json()

    latest = len(api.events(*run))
    assert begun("3")["checkedFrom"] == 3
    eventually(lambda: begun("checkpoint")["checkedFrom"] == latest + 1, what="the anchor")
    for wrong in ("0", "-1", "end", str(latest + 2)):
        assert begun(wrong)["error"]["code"] == "invalid_request", wrong


def test_a_chain_that_was_tampered_with_says_where(api: Api, stack_state: dict[str, Any]) -> None:
    run_id, thread_id = ended(api)
    tamper(
        stack_state,
        "update runtime.run_events set payload = replace(payload, 'hello', 'hullo')"
        " where run_id = %s and seq = 2",
        forged(run_id),
    )
    verdict = api.get("/integrity", run_id, thread_id).json()
    assert (verdict["verified"], verdict["brokenAt"]) == (False, 2)
    assert "payload" in verdict["reason"]


def test_the_ids_of_a_request_are_stored_with_its_events(
    api: Api, stack_state: dict[str, Any]
) -> None:
    run_id, thread_id, request_id = fresh(), fresh("t"), fresh("req")
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    body = {"run_id": run_id, "thread_id": thread_id, "model": "scripted/echo"}
    headers = {
        "x-request-id": request_id,
        "traceparent": f"00-{trace_id}-00f067aa0ba902b7-01",
    }
    names = {"run_id": run_id, "thread_id": thread_id}
    assert api.send("POST", "/runs", body=body, headers=headers, **names).status_code == 201
    query = "select trace_id, request_id from runtime.run_events where run_id = %s"
    assert tamper(stack_state, query, run_id) == [(trace_id, request_id)]


@pytest.mark.parametrize(
    "traceparent",
    [
        "nonsense",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
    ],
)
def test_a_trace_that_is_none_is_no_error(
    api: Api, stack_state: dict[str, Any], traceparent: str
) -> None:
    run_id, thread_id = fresh(), fresh("t")
    body = {"run_id": run_id, "thread_id": thread_id, "model": "scripted/echo"}
    names = {"run_id": run_id, "thread_id": thread_id}
    headers = {"traceparent": traceparent}
    assert api.send("POST", "/runs", body=body, headers=headers, **names).status_code == 201
    query = "select trace_id from runtime.run_events where run_id = %s"
    assert tamper(stack_state, query, run_id) == [(None,)]


def test_a_thread_lists_its_runs_newest_first(api: Api) -> None:
    thread_id = fresh("t")
    run_ids = [fresh() for _ in range(3)]
    for run_id in run_ids:
        assert api.start(run_id, thread_id, model="scripted/echo").status_code == 201
    for _ in api.run_and_stream(run_ids[0], thread_id, "hi", model="scripted/echo"):
        pass
    state = api.send("GET", f"/threads/{thread_id}/state", thread_id=thread_id)
    assert state.status_code == 200
    body = state.json()
    assert (body["threadId"], body["memory"]) == (thread_id, None)
    assert [run["runId"] for run in body["runs"]] == run_ids[::-1]
    assert [run["status"] for run in body["runs"]] == ["accepted", "accepted", "completed"]
    for run in body["runs"]:
        snapshot = api.snapshot(run["runId"], thread_id)
        assert set(run) == {"runId", "status", "latestSeq", "createdAt"}
        assert all(run[name] == snapshot[name] for name in run)


def tamper(stack_state: dict[str, Any], statement: str, run_id: str) -> list[tuple[Any, ...]]:
    """Go to the database behind the API's back, as its owner; the rows, if it gives any."""
    connection = psycopg2.connect(stack_state["owner_database_url"])
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, (run_id,))
            return [] if cursor.description is None else cursor.fetchall()
    finally:
        connection.close()


def test_a_page_ends_before_a_hole_and_names_it(api: Api, stack_state: dict[str, Any]) -> None:
    run = ended(api)
    forged(run[0])
    head = api.snapshot(*run)["latestSeq"]
    with session(stack_state["owner_database_url"]) as owner:
        owner.run(
            "delete from runtime.run_events where run_id = %(id)s and seq in (4, 5, %(head)s)",
            id=run[0],
            head=head,
        )
    for after, limit, seqs, hole in [
        (0, 200, [1, 2, 3], (4, 5)),
        (0, 3, [1, 2, 3], None),
        (3, 1, [], (4, 5)),
        (4, 200, [], (5, 5)),
        (5, 1, [6], None),
        (5, 200, list(range(6, head)), (head, head)),
        (head, 200, [], None),
    ]:
        page = api.get("/events", *run, f"&after={after}&limit={limit}").json()
        assert [event["seq"] for event in page["events"]] == seqs
        assert page["nextAfter"] == (seqs[-1] if seqs else after)
        named = None if hole is None else {"firstSeq": hole[0], "lastSeq": hole[1]}
        assert page.get("hole") == named

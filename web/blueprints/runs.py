"""Start, look at, verify and cancel a run."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from runtime_app.anchors.integrity import check, start_of
from runtime_app.canonical import canonical, stored_loads
from runtime_app.clock import rfc3339
from runtime_app.db.transaction import Transaction
from runtime_app.errors import Conflict
from runtime_app.events import log
from runtime_app.events.hole import Hole, before_hole, tell
from runtime_app.runs import lifecycle, snapshot
from runtime_app.runs.ownership import owned
from runtime_app.runs.run import Run, RunRequest
from web.api import Routes, refuses
from web.context import caller, origin, runtime
from web.policy import PREFIX, Names, policy
from web.schemas import runs as shapes

routes = Routes("runs", __name__, url_prefix=f"{PREFIX}/runs")


def run_request(body: Mapping[str, Any]) -> RunRequest:
    """The core's request for a loaded `StartRun`."""
    content = {name: value for name, value in body.items() if name != "run_id"}
    return RunRequest(
        run_id=body.get("run_id"),
        thread_id=body["thread_id"],
        mode=body["mode"],
        model=body.get("model"),
        caps=body["caps"],
        autopilot_id=body.get("autopilot_id"),
        tool_policy=body.get("tool_policy"),
        provider_policy=body.get("provider_policy"),
        metadata=body.get("metadata"),
        content=canonical(content),
        on_busy=body.get("on_busy"),
        client_tools=body.get("client_tools", ()),
    )


@routes.post("")
@policy(Names.BODY)
@routes.arguments(shapes.StartRun)
@refuses(Conflict)
@routes.response(201, shapes.RunStarted, description="Started.")
@routes.alt_response(200, schema=shapes.RunStarted, description="It was there before.")
def start(body: dict[str, Any]) -> Any:
    """Start a run.

    The same `run_id` with the same content again starts nothing and answers with the run as it is.
    """
    service = runtime()
    with service.db.transaction() as tx:
        started = lifecycle.start_run(
            tx,
            run_request(body),
            caller().principal,
            service.config.defaults,
            service.clock.now(),
            origin(),
            service.config.admission,
        )
    answer = {
        "runId": started.run_id,
        "threadId": body["thread_id"],
        "status": started.status,
        "latestSeq": started.latest_seq,
        "idempotentReplay": started.replayed,
    }
    return answer, 200 if started.replayed else 201


@routes.get("/<run_id>")
@policy(Names.PATH_AND_QUERY)
@routes.arguments(shapes.ThreadQuery, location="query")
@routes.response(200, shapes.Snapshot, description="The run.")
def show(_query: dict[str, Any], run_id: str) -> Any:
    """The run as it is.

    The same as its snapshot.
    """
    return _snapshot(run_id)


@routes.get("/<run_id>/snapshot")
@policy(Names.PATH_AND_QUERY)
@routes.arguments(shapes.ThreadQuery, location="query")
@routes.response(200, shapes.Snapshot, description="The run.")
def show_snapshot(_query: dict[str, Any], run_id: str) -> Any:
    """The run as it is, with the cursor that it reflects.

    A client that shows it goes on with a stream from its `latestSeq`, without the events before.
    """
    return _snapshot(run_id)


@routes.get("/<run_id>/events")
@policy(Names.PATH_AND_QUERY)
@routes.arguments(shapes.EventsQuery, location="query")
@routes.response(200, shapes.EventsPage, description="The page.")
def list_events(query: dict[str, Any], run_id: str) -> Any:
    """A page of native events with their hashes.

    Those with `seq` > `after`, in order, up to `limit` of them or until their payloads have come to
    1 MiB. A page ends before a seq that is missing from the log, and names what is missing in
    `hole`.
    """
    after = query["after"]
    with runtime().db.reading() as tx:
        run = _owned(tx, run_id)
        rows = before_hole(log.read_links(tx, run_id, after, query["limit"]), after)
        read_to = rows[-1].seq if rows else after
        hole = None
        if read_to < min(after + query["limit"], run.latest_seq):
            beyond = log.first_after(tx, run_id, read_to) or run.latest_seq + 1
            hole = Hole(read_to + 1, beyond - 1) if beyond > read_to + 1 else None
    if hole is not None:
        tell(run_id, hole)
    events = [
        {
            "seq": row.seq,
            "type": row.type,
            "version": row.version,
            "occurredAt": rfc3339(row.occurred_at),
            "payload": None if row.payload_text is None else stored_loads(row.payload_text),
            "payloadHash": row.payload_hash.hex(),
            "prevHash": row.prev_hash.hex(),
            "eventHash": row.event_hash.hex(),
        }
        for row in rows
    ]
    return {
        "events": events,
        "latestSeq": run.latest_seq,
        "floorSeq": run.floor_seq,
        "nextAfter": read_to,
        **(
            {} if hole is None else {"hole": {"firstSeq": hole.first_seq, "lastSeq": hole.last_seq}}
        ),
    }


@routes.get("/<run_id>/integrity")
@policy(Names.PATH_AND_QUERY)
@routes.arguments(shapes.IntegrityQuery, location="query")
@routes.response(200, shapes.Integrity, description="The verdict; also when the chain is broken.")
def integrity(query: dict[str, Any], run_id: str) -> Any:
    """Whether the run's hash chain holds, and whether its newest anchor says the same.

    Checked from its first event to its head, or from where the request says.
    """
    service = runtime()
    with service.db.reading() as tx:
        _owned(tx, run_id)
    finding = check(service.db, service.anchors, run_id, start_of(query["start"]))
    verdict = finding.verdict
    answer = {
        "runId": run_id,
        "verified": finding.result == "sound",
        "checkedFrom": verdict.checked_from,
        "checkedTo": verdict.checked_to,
        "head": verdict.head,
        "anchoredTo": finding.anchored_to,
    }
    if verdict.broken is not None:
        answer |= {"brokenAt": verdict.broken.seq, "reason": verdict.broken.reason}
    elif finding.doubt:
        answer["reason"] = finding.doubt
    return answer


@routes.post("/<run_id>/cancel")
@policy(Names.PATH_AND_BODY)
@routes.arguments(shapes.CancelRun)
@routes.response(202, shapes.CancelAnswer, description="Asked for.")
@routes.alt_response(
    200, schema=shapes.CancelAnswer, description="It was asked for before, or the run has ended."
)
def cancel(body: dict[str, Any], run_id: str) -> Any:
    """Ask for a run to be cancelled.

    A running model call is closed, open tool calls are answered as canceled, and `run.finished`
    follows. A run that finishes at that very moment stays finished.
    """
    with runtime().db.transaction() as tx:
        answer = lifecycle.request_cancel(
            tx, run_id, body["thread_id"], caller().principal, body.get("reason"), origin()
        )
    view = {
        "runId": run_id,
        "status": answer.status,
        "cancelRequested": True,
        "idempotentReplay": answer.replayed,
    }
    return view, 200 if answer.replayed else 202


def _owned(tx: Transaction, run_id: str) -> Run:
    who = caller()
    return owned(tx, run_id, who.thread_id, who.principal)


def _snapshot(run_id: str) -> dict[str, Any]:
    with runtime().db.reading() as tx:
        run = _owned(tx, run_id)
        done = snapshot.progress(tx, run)
    terminal = None
    if run.terminal_at is not None:
        terminal = {
            "status": run.status,
            "reasonClass": run.terminal_reason_class,
            "reason": run.terminal_reason,
            "at": rfc3339(run.terminal_at),
        }
        if done.interrupted_by is not None:
            terminal["interruptedBy"] = done.interrupted_by
    return {
        "runId": run.run_id,
        "threadId": run.thread_id,
        "status": run.status,
        "latestSeq": run.latest_seq,
        "floorSeq": run.floor_seq,
        "createdAt": rfc3339(run.created_at),
        "updatedAt": rfc3339(run.updated_at),
        "mode": run.mode,
        "model": run.model,
        "steps": done.steps,
        "usage": {
            "modelCalls": done.model_calls,
            "toolCalls": done.tool_calls,
            "inputTokens": done.input_tokens,
            "outputTokens": done.output_tokens,
        },
        "caps": asdict(run.caps),
        "pendingToolCalls": list(done.pending_tool_calls),
        "pendingApprovals": [],
        "cancelRequested": run.cancel_requested,
        "terminal": terminal,
        "chainHead": run.chain_head,
    }

"""Start a run, ask for its cancellation: row and event in one transaction."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from runtime_app.canonical import canonical
from runtime_app.db.transaction import Transaction
from runtime_app.errors import Conflict, Detail, Forbidden, InvalidRequest
from runtime_app.events import log
from runtime_app.events.event import NewEvent, Origin
from runtime_app.ids import new_run_id
from runtime_app.runs import client_tools, store, tool_listing
from runtime_app.runs.admission import AdmissionLimits, admit
from runtime_app.runs.caps import Caps
from runtime_app.runs.client_tools import ClientTool
from runtime_app.runs.ownership import owned_locked
from runtime_app.runs.provider_policy import ProviderPolicy
from runtime_app.runs.run import Run, RunDefaults, RunRequest
from runtime_app.runs.status import RUN
from runtime_app.security.principal import Principal
from runtime_app.security.request_mac import same_request


@dataclass(frozen=True, slots=True)
class Started:
    """The answer to a start: the run as it is, and whether it was there before."""

    run_id: str
    status: str
    latest_seq: int
    replayed: bool


@dataclass(frozen=True, slots=True)
class CancelAnswer:
    """The answer to a cancel: the run's status now, and whether nothing was left to do."""

    status: str
    replayed: bool


def start_run(
    tx: Transaction,
    request: RunRequest,
    owner: Principal,
    defaults: RunDefaults,
    now: datetime,
    origin: Origin,
    limits: AdmissionLimits,
    first: Sequence[NewEvent] = (),
) -> Started:
    """Accept a run, or find the one that the same request started before.

    A run that comes to a busy thread is refused, waits for its turn, or interrupts: `on_busy`.

    Args:
        first: events that a new run begins with, right after `run.accepted`.

    Raises:
        InvalidRequest: a cap that is none, or a client-side tool that is not taken.
        Conflict: the id stands for a run with other content; or the thread is busy.
        Forbidden: the id stands for somebody else's run.
        Throttled: a limit of `admit`.

    Effects:
        runs, run_heads, run.accepted; for an interrupted run as `request_cancel`.
    """
    run_id = request.run_id or new_run_id(now)
    caps = defaults.caps.lowered(request.caps)
    model = tx.sanitizer.text(request.model or defaults.model)
    ProviderPolicy.from_json(request.provider_policy).check(model)
    fresh = store.insert(
        tx,
        run_id,
        request,
        owner,
        model=model,
        caps=caps,
        code_version=defaults.code_version,
        key_id=origin.key_id,
    )
    if fresh:
        ousted = admit(tx, run_id, request.thread_id, str(owner), request.on_busy, limits)
        tools = _client_tools(tx, request, defaults)
        begun = [_accepted(request, model, caps, tools), *first]
        appended = log.append(tx, run_id, begun, origin=origin)
        for live_id in ousted:
            _interrupt(tx, live_id, run_id, origin)
        tx.tell("run.started", mode=request.mode)
        return Started(run_id, RUN.initial, appended.seq, replayed=False)
    known = find_started(tx, run_id, owner, request.content)
    assert known is not None
    return known


def find_started(tx: Transaction, run_id: str, owner: Principal, content: str) -> Started | None:
    """The run that the same request has started before, as it is now; None: nothing has that id.

    Raises:
        Conflict: the id stands for a run with other content.
        Forbidden: the id stands for somebody else's run.
    """
    run = store.get(tx, run_id)
    if run is None:
        return None
    if run.owner != owner:
        raise Forbidden("the run id belongs to another principal")
    if not same_request(tx.sanitizer.keys, run.request_mac, content):
        raise Conflict(
            f"run {run_id!r} was started with other content",
            [Detail("run_id", "repeat the first request as it was, or choose another id")],
        )
    return Started(run_id, run.status, run.latest_seq, replayed=True)


def request_cancel(
    tx: Transaction,
    run_id: str,
    thread_id: str,
    caller: Principal,
    reason: str | None,
    origin: Origin,
    by: str | None = None,
) -> CancelAnswer:
    """Ask for a run to be cancelled; once is enough, and an ended run stays as it is.

    Args:
        caller: the run's owner, or whoever speaks for the owner.
        by: `operator` when the request is not the owner's own; the log says so.

    Raises:
        NotFound, Forbidden: as `owned`.

    Effects:
        run.cancel_requested, runs.status, NOTIFY run_control.
    """
    run = owned_locked(tx, run_id, thread_id, caller)
    if run.closed or run.cancel_requested:
        return CancelAnswer(run.status, replayed=True)
    return CancelAnswer(mark_canceling(tx, run, reason, origin, by=by), replayed=False)


def mark_canceling(
    tx: Transaction,
    run: Run,
    reason: str | None,
    origin: Origin,
    *,
    by: str | None = None,
    interrupted_by: str | None = None,
) -> str:
    """Append the cancel request of a run whose head is locked; its status from now on."""
    given = {"reason": reason, "by": by, "interrupted_by": interrupted_by}
    payload = {name: value for name, value in given.items() if value is not None}
    status = RUN.next(run.status, "request_cancel")
    asked = NewEvent("run.cancel_requested", payload)
    log.append(tx, run.run_id, [asked], status=status, origin=origin)
    return status


def _interrupt(tx: Transaction, live_id: str, by: str, origin: Origin) -> None:
    live = store.lock(tx, live_id)
    assert live is not None
    if not live.closed and not live.cancel_requested:
        mark_canceling(tx, live, f"interrupted by run {by}", origin, interrupted_by=by)


def _client_tools(
    tx: Transaction, request: RunRequest, defaults: RunDefaults
) -> tuple[ClientTool, ...]:
    """The client-side tools of a new run; they must come out of the log as they go in."""
    if not request.client_tools:
        return ()
    taken = {*client_tools.SERVER_NAMES, *(tool["name"] for tool in tool_listing.newest(tx))}
    tools = client_tools.declared(
        request.client_tools, request.tool_policy, defaults.client_timeout_s, taken
    )
    for index, written in enumerate(client_tools.written(tools)):
        if canonical(tx.sanitizer.value(written)) != canonical(written):
            raise InvalidRequest.field(f"client_tools.{index}", "contains a credential")
    return tools


def _accepted(request: RunRequest, model: str, caps: Caps, tools: Sequence[ClientTool]) -> NewEvent:
    payload: dict[str, Any] = {
        "thread_id": request.thread_id,
        "mode": request.mode,
        "model": model,
        "caps": asdict(caps),
    }
    if request.tool_policy is not None:
        payload["tool_policy"] = dict(request.tool_policy)
    if tools:
        payload["client_tools"] = client_tools.written(tools)
    if request.provider_policy is not None:
        payload["provider_policy"] = dict(request.provider_policy)
    if request.metadata is not None:
        payload["metadata"] = dict(request.metadata)
    if request.forked_from is not None:
        point = request.forked_from
        payload |= {
            "parent_run_id": point.run_id,
            "parent_seq": point.seq,
            "parent_hash": point.event_hash,
        }
    return NewEvent("run.accepted", payload)

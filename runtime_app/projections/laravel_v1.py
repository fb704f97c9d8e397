"""Version `laravel.v1`: what each event makes of a run's rows. Pure."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runtime_app.canonical import canonical
from runtime_app.projections.rows import MESSAGES, RUN_EVENTS, RUNS, THREADS, Row

TITLE_CHARS = 80
META_BYTES = 65_536
#: Classes of events that only readers of the stream need: they make no row.
ROWLESS = frozenset({"delta", "progress"})
_NAMESPACE = uuid.UUID("6f0a4c52-5b1e-5d0a-9a43-3f6b7f6f8a11")
_STATUS: Mapping[str, str] = {
    "run.accepted": "accepted",
    "run.started": "running",
    "run.cancel_requested": "canceling",
}

#: What a part keeps that has no room.
_BRIEF = ("type", "tool_call_id", "tool_name", "status")

State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fact:
    """An event as the reducer sees it; `at` is RFC 3339 text, `payload` the stored text."""

    run_id: str
    user_id: int
    seq: int
    type: str
    event_class: str
    at: str
    text: str | None
    payload: Mapping[str, Any]


def reduce(state: State, fact: Fact) -> tuple[State, list[Row]]:
    """The state after an event, and the rows that it makes or makes anew.

    Args:
        state: empty before the first event; JSON, and not changed.

    Raises:
        KeyError: an event lacks a field, or stands before `run.accepted`.
    """
    if fact.event_class in ROWLESS:
        return state, []
    state = {**state}
    rows = [_event_row(fact)]
    rule = _RULES.get(fact.type)
    if fact.type in _STATUS:
        state["status"] = _STATUS[fact.type]
    if rule is not None:
        rows += rule(state, fact)
    if fact.type in _STATUS or fact.type == "run.finished":
        rows.append(_run_row(state, fact))
    return state, rows


def user_message_id(run_id: str, frame_id: str) -> str:
    """The id of the row of a user's message: the same frame always has the same one."""
    return str(uuid.uuid5(_NAMESPACE, canonical(["u", run_id, frame_id])))


def _event_row(fact: Fact) -> Row:
    columns = {"run_id": fact.run_id, "runtime_seq": fact.seq, "type": fact.type}
    return Row(RUN_EVENTS, str(fact.seq), {**columns, "payload": fact.text, "created_at": fact.at})


def _run_row(state: State, fact: Fact) -> Row:
    run = state["run"]
    columns = {
        "id": fact.run_id,
        "thread_id": run["thread_id"],
        "user_id": fact.user_id,
        "status": state["status"],
        "model": run["model"],
        "usage": run.get("usage"),
        "meta": canonical({"mode": run["mode"], "reason_class": run.get("reason_class")}),
        "error": run.get("error"),
        "started_at": run.get("started_at"),
        "completed_at": run.get("completed_at"),
        "created_at": run["created_at"],
        "updated_at": fact.at,
        "runtime_seq": fact.seq,
    }
    return Row(RUNS, fact.run_id, columns)


def _accepted(state: State, fact: Fact) -> list[Row]:
    taken = {name: fact.payload[name] for name in ("thread_id", "mode", "model")}
    state["run"] = {**taken, "created_at": fact.at}
    return []


def _started(state: State, fact: Fact) -> list[Row]:
    state["run"] = {**state["run"], "started_at": fact.at}
    return _turn(state, fact)


def _turn(state: State, fact: Fact) -> list[Row]:
    state["turn"] = {"id": fact.payload["message_id"], "at": fact.at, "parts": []}
    return []


def _said(state: State, fact: Fact) -> list[Row]:
    text, thread_id = fact.payload["text"], state["run"]["thread_id"]
    meta = {"frame_id": fact.payload["frame_id"], "turn": fact.payload["turn"]}
    message_id = user_message_id(fact.run_id, fact.payload["frame_id"])
    rows = [_message_row(state, fact, message_id, "user", text, meta, fact.at)]
    if not state.get("titled"):
        state["titled"] = True
        columns = {
            "id": thread_id,
            "user_id": fact.user_id,
            "title": text[:TITLE_CHARS],
            "created_at": fact.at,
            "updated_at": fact.at,
            "runtime_seq": fact.seq,
        }
        rows.append(Row(THREADS, thread_id, columns))
    return rows


def _step(state: State, fact: Fact) -> list[Row]:
    state["step"] = [fact.payload["step"], fact.payload["attempt"]]
    return []


def _superseded(state: State, fact: Fact) -> list[Row]:
    """What the attempt said is not in the message; its events stay."""
    gone = [fact.payload["step"], fact.payload["attempt"]]
    _with_parts(state, lambda parts: [part for part in parts if part["step"] != gone])
    return []


def _part(kind: str) -> Callable[[State, Fact], list[Row]]:
    def rule(state: State, fact: Fact) -> list[Row]:
        text = fact.payload["text"]
        if text:
            part = {"type": kind, "text": text, "step": state.get("step")}
            _with_parts(state, lambda parts: [*parts, part])
        return []

    return rule


def _call(state: State, fact: Fact) -> list[Row]:
    asked = {name: fact.payload[name] for name in ("tool_call_id", "tool_name", "input")}
    part = {"type": "tool", **asked, "status": "pending", "step": state.get("step")}
    _with_parts(state, lambda parts: [*parts, part])
    return []


def _result(state: State, fact: Fact) -> list[Row]:
    call_id = fact.payload["tool_call_id"]
    got = {
        name: fact.payload[name] for name in ("status", "output", "error") if name in fact.payload
    }
    _with_parts(
        state,
        lambda parts: [
            {**part, **got} if part.get("tool_call_id") == call_id else part for part in parts
        ],
    )
    return []


def _written(state: State, fact: Fact) -> list[Row]:
    return _assistant(state, fact, "incomplete")


def _turn_ended(state: State, fact: Fact) -> list[Row]:
    rows = _assistant(state, fact, "complete", fact.payload["usage"])
    state.pop("turn", None)
    return rows


def _finished(state: State, fact: Fact) -> list[Row]:
    said = fact.payload
    state["status"] = said["status"]
    state["run"] = {
        **state["run"],
        "usage": canonical(said["usage"]),
        "reason_class": said["reason_class"],
        "error": said.get("reason") if said["status"] == "failed" else None,
        "completed_at": fact.at,
    }
    ended = "complete" if said["status"] == "completed" else "incomplete"
    rows = _assistant(state, fact, ended, said["usage"])
    state.pop("turn", None)
    return rows


def _assistant(
    state: State, fact: Fact, status: str, usage: Mapping[str, Any] | None = None
) -> list[Row]:
    turn = state.get("turn")
    if turn is None or not turn["parts"]:
        return []
    content = "".join(part["text"] for part in turn["parts"] if part["type"] == "text")
    parts = [{n: v for n, v in part.items() if n != "step"} for part in turn["parts"]]
    meta = {"status": status, "usage": usage, "parts": _bounded(parts)}
    return [_message_row(state, fact, turn["id"], "assistant", content, meta, turn["at"])]


def _bounded(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Within 64 KiB: what does not fit loses its content, the last parts first."""
    kept, room = [], META_BYTES
    for part in parts:
        room -= len(canonical(part).encode())
        brief = {name: part[name] for name in _BRIEF if name in part}
        kept.append(part if room >= 0 else brief | {"cut": True})
    return kept


def _message_row(
    state: State, fact: Fact, key: str, role: str, content: str, meta: Any, at: str
) -> Row:
    columns = {
        "id": key,
        "thread_id": state["run"]["thread_id"],
        "run_id": fact.run_id,
        "user_id": fact.user_id,
        "role": role,
        "content": content,
        "meta": canonical(meta),
        "created_at": at,
        "updated_at": fact.at,
        "runtime_seq": fact.seq,
    }
    return Row(MESSAGES, key, columns)


def _with_parts(state: State, change: Callable[[list[Any]], list[Any]]) -> None:
    if "turn" in state:
        state["turn"] = {**state["turn"], "parts": change(state["turn"]["parts"])}


_RULES: Mapping[str, Callable[[State, Fact], list[Row]]] = {
    "run.accepted": _accepted,
    "run.started": _started,
    "turn.started": _turn,
    "message.user": _said,
    "step.started": _step,
    "step.superseded": _superseded,
    "step.finished": _written,
    "text.ended": _part("text"),
    "reasoning.ended": _part("reasoning"),
    "tool.call": _call,
    "tool.result": _result,
    "turn.ended": _turn_ended,
    "run.finished": _finished,
}

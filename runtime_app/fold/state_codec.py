"""A run's state as JSON and back: one table, field by field.

`tests/golden/run_state` holds the text of a full state. Whoever changes the table changes that file
and raises `VERSION`; a state of another version is not read, but folded again from the log.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from runtime_app.clock import epoch_us
from runtime_app.events.event import Origin
from runtime_app.fold.state import Failure, Input, RunState, Step
from runtime_app.providers.provider import Message, ToolCall
from runtime_app.runs.caps import Caps, Usage
from runtime_app.runs.client_tools import ClientTool

#: Of the shape below.
VERSION = 7
#: What this release reads.
KNOWN = (VERSION,)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Kind:
    """How a value is written as JSON, and how it is read."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _record(made: Callable[..., Any], **fields: Kind) -> Kind:
    return Kind(
        lambda value: {name: kind.write(getattr(value, name)) for name, kind in fields.items()},
        lambda given: made(**{name: kind.read(given[name]) for name, kind in fields.items()}),
    )


def _many(kind: Kind) -> Kind:
    return Kind(
        lambda values: [kind.write(value) for value in values],
        lambda given: tuple(kind.read(each) for each in given),
    )


def _maybe(kind: Kind) -> Kind:
    return Kind(
        lambda value: None if value is None else kind.write(value),
        lambda given: None if given is None else kind.read(given),
    )


JSON = Kind(lambda value: value, lambda given: given)
#: Whole microseconds.
SPAN = Kind(lambda value: value // timedelta(microseconds=1), lambda us: timedelta(microseconds=us))
MOMENT = Kind(epoch_us, lambda us: _EPOCH + timedelta(microseconds=us))
OBJECT = Kind(dict, lambda given: given)

ORIGIN = _record(
    Origin,
    trace_id=JSON,
    request_id=JSON,
    span_id=JSON,
    trace_flags=JSON,
    tracestate=JSON,
    key_id=JSON,
)
CAPS = _record(Caps, steps=JSON, wall_clock_s=JSON, tokens=JSON, model_calls=JSON, tool_calls=JSON)
USAGE = _record(
    Usage,
    steps=JSON,
    wall_clock_s=JSON,
    input_tokens=JSON,
    output_tokens=JSON,
    model_calls=JSON,
    tool_calls=JSON,
)
CALL = _record(ToolCall, id=JSON, name=JSON, arguments=_maybe(OBJECT), raw=JSON)
MESSAGE = _record(Message, role=JSON, text=JSON, tool_calls=_many(CALL), tool_call_id=JSON)
#: Also what `run.forked` holds: a change of it is a new version of that event.
CONVERSATION = _many(MESSAGE)
CLIENT_TOOL = _record(ClientTool, name=JSON, description=JSON, parameters=OBJECT, timeout_s=JSON)
INPUT = _record(
    Input,
    frame_id=JSON,
    frame_type=JSON,
    text=JSON,
    origin=ORIGIN,
    accepted_at=_maybe(MOMENT),
)
FAILURE = _record(Failure, kind=JSON, message=JSON, retryable=JSON, retry_after_s=JSON)
STEP = _record(
    Step,
    number=JSON,
    attempt=JSON,
    finished=JSON,
    finish_reason=JSON,
    texts=_many(JSON),
    calls=_many(CALL),
    shown=JSON,
    failures=JSON,
    failure=_maybe(FAILURE),
    began_at=_maybe(MOMENT),
    hops=JSON,
    model=JSON,
    tried=_many(OBJECT),
    fallback=_maybe(OBJECT),
)
STATE = _record(
    RunState,
    run_id=JSON,
    seq=JSON,
    status=JSON,
    mode=JSON,
    model=JSON,
    caps=CAPS,
    tool_policy=_maybe(OBJECT),
    client_tools=_many(CLIENT_TOOL),
    provider_policy=_maybe(OBJECT),
    started=JSON,
    turn=JSON,
    turn_open=JSON,
    inbox=_many(INPUT),
    messages=CONVERSATION,
    notes=CONVERSATION,
    step=_maybe(STEP),
    open_tools=_many(JSON),
    invalid_calls=_many(JSON),
    loops_told=_many(JSON),
    requested=_maybe(CALL),
    usage=USAGE,
    active=SPAN,
    last_at=_maybe(MOMENT),
    losses=JSON,
    lost=JSON,
    cancel_requested=JSON,
    interrupted_by=JSON,
    ended=JSON,
    heard=ORIGIN,
    origin=ORIGIN,
)


def encode(state: RunState) -> str:
    """The state as JSON text."""
    return json.dumps(STATE.write(state), ensure_ascii=False, separators=(",", ":"))


def decode(text: str) -> RunState:
    """The state that `encode` was given.

    Raises:
        ValueError, KeyError, TypeError: the text is not that of a state.
    """
    given: Mapping[str, Any] = json.loads(text)
    state: RunState = STATE.read(given)
    return state

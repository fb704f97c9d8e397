"""The state of a run, as values; `evolve` folds a log into one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from runtime_app.events.event import NOBODY, Origin
from runtime_app.providers.provider import Message, ToolCall
from runtime_app.runs.caps import Caps, Usage
from runtime_app.runs.client_tools import ClientTool
from runtime_app.runs.status import RUN


@dataclass(frozen=True, slots=True)
class Input:
    """A frame that has been accepted and not been taken yet."""

    frame_id: str
    frame_type: str
    text: str
    origin: Origin = NOBODY
    accepted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A model call that failed and has not been answered by a decision yet."""

    kind: str
    message: str
    retryable: bool
    retry_after_s: float | None


@dataclass(frozen=True, slots=True)
class Step:
    """One turn of the executor: a model call and what it asked for.

    `shown` is whether readers have seen any of its output; `failures` counts failed model calls.
    `hops` counts the providers that were left for another, `model` is what that one is asked, and
    `fallback` what a receipt says of the last hop, `tried` what it says of each call that failed.
    """

    number: int
    attempt: int = 1
    finished: bool = False
    finish_reason: str = ""
    texts: tuple[str, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    shown: bool = False
    failures: int = 0
    failure: Failure | None = None
    began_at: datetime | None = None
    hops: int = 0
    model: str = ""
    tried: tuple[Mapping[str, Any], ...] = ()
    fallback: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class RunState:
    """All that a decision needs to know of a run.

    `heard` is the origin of the last event; `origin` that of the request which is being answered.
    `invalid_calls` are the turn's calls that could not be made as they stood, `loops_told` the
    patterns that it has been warned of. `requested` is the call that a run of mode `tool` is for,
    until it is made.
    """

    run_id: str
    seq: int = 0
    status: str = RUN.initial
    mode: str = "turn"
    model: str = ""
    caps: Caps = field(default_factory=Caps)
    tool_policy: Mapping[str, Any] | None = None
    client_tools: tuple[ClientTool, ...] = ()
    provider_policy: Mapping[str, Any] | None = None
    started: bool = False
    turn: int = 0
    turn_open: bool = False
    inbox: tuple[Input, ...] = ()
    messages: tuple[Message, ...] = ()
    notes: tuple[Message, ...] = ()
    step: Step | None = None
    open_tools: tuple[str, ...] = ()
    invalid_calls: tuple[str, ...] = ()
    loops_told: tuple[str, ...] = ()
    requested: ToolCall | None = None
    usage: Usage = field(default_factory=Usage)
    active: timedelta = timedelta()
    last_at: datetime | None = None
    losses: int = 0
    lost: bool = False
    cancel_requested: bool = False
    interrupted_by: str | None = None
    ended: bool = False
    heard: Origin = NOBODY
    origin: Origin = NOBODY

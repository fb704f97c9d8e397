"""The run as its row has it, and the request that starts one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runtime_app.runs.caps import Caps
from runtime_app.security.principal import Principal


@dataclass(frozen=True, slots=True)
class ForkPoint:
    """Where in another run a run begins: after the event with this seq and hash (hex)."""

    run_id: str
    seq: int
    event_hash: str


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a client asks for when it starts a run.

    Args:
        run_id: the client's id, or None to have one made.
        content: canonical text of all that the client sent but the id; what idempotency compares,
            by its MAC. It may hold secrets and is never stored.
        client_tools: as declared; `runtime_app.runs.client_tools` reads them.
        on_busy: what to do when the thread has a live run: one of `admission.ON_BUSY`, or
            `admission.BESIDE`; None: as the thread is set.
        forked_from: where it begins, unless at nothing.
    """

    run_id: str | None
    thread_id: str
    mode: str
    model: str | None
    caps: Mapping[str, int]
    autopilot_id: str | None
    tool_policy: Mapping[str, Any] | None
    metadata: Mapping[str, Any] | None
    content: str
    on_busy: str | None = None
    forked_from: ForkPoint | None = None
    client_tools: Sequence[Mapping[str, Any]] = ()
    provider_policy: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class RunDefaults:
    """What a run gets that does not ask for something else.

    Args:
        client_timeout_s: how long a call of a client-side tool waits for its answer.
    """

    model: str
    caps: Caps
    code_version: str
    client_timeout_s: int = 900


@dataclass(frozen=True, slots=True)
class Run:
    """A run's row joined with its head."""

    run_id: str
    thread_id: str
    owner: Principal
    mode: str
    status: str
    model: str
    caps: Caps
    request_mac: str
    created_at: datetime
    updated_at: datetime
    terminal_reason_class: str | None
    terminal_reason: str | None
    terminal_at: datetime | None
    latest_seq: int
    floor_seq: int
    chain_head: str
    cancel_requested: bool
    closed: bool

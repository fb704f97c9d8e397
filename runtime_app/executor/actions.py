"""What an executor can do next: plain values that `decide` returns and the shell performs."""

from dataclasses import dataclass

from runtime_app.events.event import NewEvent
from runtime_app.providers.provider import ToolCall


@dataclass(frozen=True, slots=True)
class Park:
    """Nothing to do: let go of the run, unless something has arrived meanwhile."""

    why: str


@dataclass(frozen=True, slots=True)
class Append:
    """Record something, then decide again."""

    events: tuple[NewEvent, ...]


@dataclass(frozen=True, slots=True)
class Infer:
    """Record the start of a step (or of another try at it), then call the model.

    Args:
        wait_s: how long to wait first, after a failed try.
        model: what to ask, where it is not the run's own.
    """

    events: tuple[NewEvent, ...]
    step: int
    attempt: int
    wait_s: float = 0
    model: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """Record the start of a step, and in it the tool call that nobody has asked a model for."""

    events: tuple[NewEvent, ...]
    step: int
    call: ToolCall


@dataclass(frozen=True, slots=True)
class Finish:
    """End the run; the last event is `run.finished`."""

    events: tuple[NewEvent, ...]


Action = Park | Append | Infer | Call | Finish

"""The tool task as its row has it, and how one ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime_app.events.event import NOBODY, Origin


@dataclass(frozen=True, slots=True)
class NewTask:
    """A tool call that the executor wants done.

    Args:
        origin: the request that it works for.
        client: whether the run's client does it.
    """

    tool_call_id: str
    run_id: str
    tool_name: str
    arguments: Mapping[str, Any]
    timeout_s: float
    origin: Origin = NOBODY
    client: bool = False


@dataclass(frozen=True, slots=True)
class ClaimedTask:
    """A task that this worker has claimed. `attempt` is 1 the first time."""

    tool_call_id: str
    run_id: str
    tool_name: str
    arguments: Mapping[str, Any]
    attempt: int
    timeout_s: float
    origin: Origin = NOBODY


@dataclass(frozen=True, slots=True)
class Whole:
    """An output as the tool gave it: its hash and size, and where it is if not in the log."""

    sha256: bytes
    bytes: int
    artifact: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a task ended.

    Args:
        given: the machine's input: `succeed`, `fail`, `time_out` or `cancel`.
        output: JSON, when it succeeded; `made_safe` says that some of it had to be replaced.
        whole: of what `output` has only the beginning.
        error_class: `tool_error`, `timeout`, `lost`, `expired`, `canceled` or `internal`.
        error: in words for the model.
    """

    given: str
    output: Any = None
    made_safe: bool = False
    whole: Whole | None = None
    error_class: str | None = None
    error: str | None = None

    @property
    def is_result(self) -> bool:
        """Whether whoever did the call has said how it ended."""
        gave_up = self.error_class in ("lost", "expired")
        return self.given == "succeed" or (self.given == "fail" and not gave_up)

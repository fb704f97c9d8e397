"""What a tool may know of its call, and say while it is at work."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from runtime_app.clock import SystemClock

_CLOCK = SystemClock()


class ToolCanceled(Exception):
    """The tool has stopped because it was asked to."""


def _unheard(_kind: str, _value: Any) -> None:
    """Nobody listens."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class ToolContext:
    """One call as its tool sees it.

    Args:
        now: when the call was claimed.
        deadline_s: on the monotonic clock; at that moment the tool is stopped, whatever it does.
        attempt: 1 the first time. Only an idempotent tool sees a higher one.
        trace_headers: what a tool that calls out sends along, so that the trace goes on there.
        say, asked_to_stop: the line to whoever watches the call.
    """

    tool_call_id: str
    now: datetime
    deadline_s: float = float("inf")
    attempt: int = 1
    run_id: str = ""
    trace_headers: Mapping[str, str] = field(default_factory=dict)
    say: Callable[[str, Any], None] = _unheard
    asked_to_stop: Callable[[], bool] = _never

    @property
    def idempotency_key(self) -> str:
        """What a provider may know the call by: the same in every attempt."""
        return self.tool_call_id

    @property
    def remaining_s(self) -> float:
        """Seconds that are left of the call's time; 0 or less when it is over."""
        return self.deadline_s - _CLOCK.monotonic()

    @property
    def canceled(self) -> bool:
        """Whether the call is no longer wanted; 2 s after that it is stopped."""
        return self.asked_to_stop()

    def check(self) -> None:
        """Stop here if the call is no longer wanted.

        Raises:
            ToolCanceled: it is not; let it pass.
        """
        if self.canceled:
            raise ToolCanceled

    def progress(self, data: Any) -> None:
        """Tell readers how far the call is: JSON, the newest wins, at most 5 a second are sent."""
        self.say("progress", data)

    def text(self, piece: str) -> None:
        """Tell readers a piece of text; pieces are joined, and readers get all of them.

        They come as progress `{"text": …}`; the output is what the tool returns, not these.
        """
        self.say("text", piece)

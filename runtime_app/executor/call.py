"""What one model call has given so far."""

from dataclasses import asdict
from typing import Any

from runtime_app.events.event import NewEvent, Origin
from runtime_app.executor.actions import Infer
from runtime_app.executor.coalescer import Coalescer
from runtime_app.executor.conclusion import Conclusion
from runtime_app.executor.pump import Item
from runtime_app.fold.state import RunState
from runtime_app.providers.provider import (
    Done,
    ModelStream,
    ReasoningDelta,
    TextDelta,
    ToolCall,
    Usage,
)
from runtime_app.resilience.guard import account_of


class Call:
    """Of one call: its pieces as they came, and what became of it at its provider."""

    def __init__(
        self,
        state: RunState,
        action: Infer,
        coalescer: Coalescer,
        stream: ModelStream,
        conclusion: Conclusion,
    ) -> None:
        self.account = account_of(stream)
        self.state = state
        self.action = action
        self.coalescer = coalescer
        self.conclusion = conclusion
        self.tools: list[ToolCall] = []
        self.usage: dict[str, int] = {}
        self.finish_reason: str | None = None

    @property
    def receipt(self) -> dict[str, Any]:
        """What both ends of a call say of it."""
        told = traced(self.state.origin)
        if self.account is None:
            return told
        step, section = self.state.step, self.account.section()
        if step is not None:
            section["attempts"] = [*map(dict, step.tried), *section["attempts"]]
            if step.fallback is not None:
                section["fallback"] = dict(step.fallback)
        return {**told, "provider": section}

    @property
    def changes(self) -> tuple[NewEvent, ...]:
        """What the call has changed of its provider's breakers."""
        return () if self.account is None else self.account.events()

    def take(self, item: Item, now_s: float) -> None:
        """Take one event of the stream."""
        if isinstance(item, TextDelta):
            self.coalescer.feed("text", item.text, now_s)
        elif isinstance(item, ReasoningDelta):
            self.coalescer.feed("reasoning", item.text, now_s)
        elif isinstance(item, ToolCall):
            self.tools.append(item)
        elif isinstance(item, Usage):
            self.usage = asdict(item)
        elif isinstance(item, Done):
            self.finish_reason = item.finish_reason


def traced(origin: Origin) -> dict[str, str]:
    """What a receipt says of its trace."""
    return {} if origin.trace_id is None else {"trace_id": origin.trace_id}

"""What became of one call: the part of its receipt that speaks of the provider, and its events."""

from dataclasses import dataclass, field
from typing import Any

from runtime_app.events.event import NewEvent
from runtime_app.providers.outcome import MEANINGS, Outcome
from runtime_app.resilience.breaker import Change


@dataclass(slots=True)
class Account:
    """Kept by the thread that makes the call; whole once the stream has ended.

    Args:
        key: of the breaker; `state` and `generation` as it was admitted or refused.
        probe: whether it was one.
        outcome: how it ended; None while it goes on.
        took_ms: from the first request for admission to the end.
        wait_ms: of those, how long it waited for the breaker.
        deadline_ms: what it had in all.
        changes: what its outcome has changed.
    """

    key: str
    provider: str
    state: str = "closed"
    generation: int = 0
    probe: bool = False
    outcome: Outcome | None = None
    took_ms: int = 0
    wait_ms: int = 0
    rate_wait_ms: int = 0
    deadline_ms: int = 0
    retry_after_s: float | None = None
    changes: list[Change] = field(default_factory=list)

    def section(self) -> dict[str, Any]:
        """As `model.call_finished` and `model.call_failed` have it in `provider`."""
        outcome = self.outcome or Outcome.CANCELED
        attempt: dict[str, Any] = {
            "provider": self.provider,
            "outcome": outcome.value,
            "executed": MEANINGS[outcome].executed,
            "latency_ms": self.took_ms,
        }
        if self.retry_after_s is not None:
            attempt["retry_after_s"] = self.retry_after_s
        return {
            "key": self.key,
            "breaker_state": self.state,
            "generation": self.generation,
            "probe": self.probe,
            "attempts": [attempt],
            "breaker_wait_ms": self.wait_ms,
            "rate_wait_ms": self.rate_wait_ms,
            "deadline_ms": self.deadline_ms,
        }

    def events(self) -> tuple[NewEvent, ...]:
        """What the run's next append tells of it."""
        return tuple(
            NewEvent("provider.breaker_changed", change.payload()) for change in self.changes
        )

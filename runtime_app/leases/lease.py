"""The lease as a value, and the arithmetic of trusting it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LeasePolicy:
    """How long a grant lasts and how often it is renewed."""

    ttl_s: float = 20
    heartbeat_s: float = 5

    def trusted_until(self, renewal_started_s: float) -> float:
        """The monotonic moment past which the holder must stop, unless it renews.

        Args:
            renewal_started_s: monotonic moment at which the last successful renewal was *sent*.
        """
        return renewal_started_s + self.ttl_s


@dataclass(frozen=True, slots=True)
class Lease:
    """A grant: the run, and the number that its holder presents with every append."""

    run_id: str
    epoch: int


#: The pause after the first, second, third … loss without progress, in seconds.
LOSS_PAUSES_S = (0.0, 5.0, 20.0)
#: The loss in a row at which nobody is asked any more to decide. An executor that lives gives the
#: run up after three.
HOPELESS = 6


def pause_after_s(losses: int) -> float:
    """How long a run rests after its `losses`-th loss in a row (1, 2, …)."""
    return LOSS_PAUSES_S[min(losses, len(LOSS_PAUSES_S)) - 1]

"""When a model call that failed is made again, and how long that waits: pure.

The wait is drawn by a hash of the run and the try, not by chance: so a replay draws it again, and
runs that failed together still come back apart.
"""

from hashlib import sha256

from runtime_app.backoff import exponential_s
from runtime_app.fold.state import Failure, RunState
from runtime_app.providers.outcome import Outcome

MAX_RETRIES = 2
LEAST_WAIT_S = 0.5
LONGEST_WAIT_S = 8.0
#: `rejected` is not among them: such a call has waited for its provider already.
RETRIED = frozenset(
    {Outcome.UNREACHABLE, Outcome.THROTTLED, Outcome.PROVIDER_FAULT, Outcome.TIMEOUT}
)


def may_retry(state: RunState) -> bool:
    """Whether it may be tried again: readers have seen nothing, and it has not failed too often."""
    step = state.step
    return (
        step is not None
        and step.failure is not None
        and step.failure.retryable
        and step.failure.kind in RETRIED
        and not step.shown
        and step.failures <= MAX_RETRIES
    )


def wait_s(state: RunState) -> float:
    """Seconds until the next try, 0.5 to 8: somewhere below 1, then below 2, after what was asked.

    Args:
        state: one whose call may be tried again.
    """
    step = state.step
    assert step is not None
    assert step.failure is not None
    ceiling_s = exponential_s(step.failures, base_s=LEAST_WAIT_S, cap_s=LONGEST_WAIT_S)
    share = _share(f"{state.run_id} {step.number} {step.attempt} {step.failures}")
    drawn_s = LEAST_WAIT_S + share * (ceiling_s - LEAST_WAIT_S)
    return min(LONGEST_WAIT_S, _asked_s(step.failure) + drawn_s)


def _asked_s(failed: Failure) -> float:
    return failed.retry_after_s or 0.0


def _share(of: str) -> float:
    """0..1, the same for the same text."""
    return int.from_bytes(sha256(of.encode()).digest()[:8]) / 2**64

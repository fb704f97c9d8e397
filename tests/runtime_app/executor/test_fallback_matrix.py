"""Every case of a call that failed: its outcome, what it may be twice, the policy, who is left."""

from itertools import product

import pytest

from runtime_app.executor.fallback import EXHAUSTED, NOT_ALLOWED, Candidate, choice, may_leave
from runtime_app.providers.outcome import MEANINGS, Outcome

#: Certainly not executed, and not the request's own fault.
FREE = {"unreachable", "throttled", "auth_fault", "rejected"}
#: Perhaps executed: only what may be done twice is done again.
PERHAPS = {"provider_fault", "timeout"}
TARGET = Candidate("b/one")
OPEN = Candidate("b/one", lets_out=False)
UNABLE = Candidate("b/one", able=False)
FORBIDDEN = Candidate("b/one", allowed=False)


def settled(
    outcome: Outcome,
    idempotent: bool,
    settlement: bool,
    allow_fallback: bool,
    hopped: bool,
    candidates: tuple[Candidate, ...],
) -> str:
    """What the runtime does, in a word: stays, or what `choice` says."""
    executed = MEANINGS[outcome].executed
    if not may_leave(outcome, executed, idempotent=idempotent, settlement=settlement):
        return "stays"
    chosen = choice(candidates, allow_fallback=allow_fallback, hopped=hopped)
    return chosen.model if isinstance(chosen, Candidate) else chosen or "nobody"


CHAINS = ((), (TARGET,), (OPEN,), (UNABLE,), (FORBIDDEN,), (OPEN, Candidate("c/two")))


@pytest.mark.parametrize("outcome", Outcome)
def test_the_matrix(outcome: Outcome):
    flags = (False, True)
    for idempotent, settlement, allowed, hopped, chain in product(
        flags, flags, flags, flags, CHAINS
    ):
        found = settled(outcome, idempotent, settlement, allowed, hopped, chain)
        case = (outcome, idempotent, settlement, allowed, hopped, chain)
        may = outcome in FREE or (outcome in PERHAPS and idempotent and not settlement)
        if not may:
            assert found == "stays", case
        elif not chain:
            assert found == (EXHAUSTED if hopped else "nobody"), case
        elif not allowed or chain == (FORBIDDEN,):
            assert found == NOT_ALLOWED, case
        elif chain == (TARGET,):
            assert found == "b/one", case
        elif len(chain) == 2:
            assert found == "c/two", case
        else:
            assert found == EXHAUSTED, case


def test_a_payment_of_which_nobody_knows_is_never_made_elsewhere():
    for idempotent in (False, True):
        for outcome in (Outcome.UNKNOWN, Outcome.TIMEOUT, Outcome.PROVIDER_FAULT):
            assert not may_leave(
                outcome, MEANINGS[outcome].executed, idempotent=idempotent, settlement=True
            )


def test_what_readers_have_seen_of_is_never_taken_for_not_executed():
    assert not may_leave(Outcome.THROTTLED, "maybe", idempotent=False, settlement=False)

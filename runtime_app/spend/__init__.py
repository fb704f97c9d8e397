"""Money: what may be spent, what is held, what was paid. Postgres decides.

An *authorization* is a budget with terms, given by the control plane; its *balance* is the fold of
an append-only *ledger*; a *reservation* is money held for one call. All functions take the caller's
transaction, lock the run's head first, and return the events that tell what they did: append
`answer.events` in the same transaction (`events.log.append`), under the executor's epoch where
there is one. What rolls back leaves nothing. Nothing is asked of Redis, a process or a request.

    subject = Subject.run(run_id)        # or .prediction(…), .job(…), .maintenance(id)
    intent = Intent(call_id, "msat", bound, adapter="lnd", args_hash=…, asked=Asked(tool=…))
    match reserve(tx, subject, intent, approval_id=None):
        case Reserved() as held:         # held.reservation_id, .provider_key, .attempt, .receipt()
            ...                          # .replayed: this call had been reserved; look at .state
        case NeedsApproval() as ask:     # before Denied: it is one; ask.reason_code policy_needs.*
            ...                          # insert an approval, append, wait; then reserve again
                                         # with its id: it is used up in the same statement
        case Denied() as no:             # no.reason_code, no.receipt(), no.ruling.on_exhausted
            ...
        case Unbudgeted():               # purpose="models" only: no budget covers models here
            ...

- `resolve(tx, subject, unit)`: the authorization that a reserve would use, or None. `check(tx,
  subject, intent)`: the answer that it would get; holds nothing.
- Moves, each idempotent by (reservation_id, attempt) and told by its event: `start` (commit it,
  then ask the provider; `outcome == "refused"`: the authorization ended meanwhile), `commit`,
  `release`, `unknown`, `resolve_commit`, `resolve_release`, `late_truth`, `refund`. A move that the
  table of `reservation.RESERVATION` lacks raises `Conflict`; a correlation id of another payment
  `CorrelationTaken`. Once the run has ended a move is booked as `late` and has no events.
- The lookups of an unknown outcome (`next_lookup_at`, `lookups`, `needs_operator`, `provider_ref`)
  are columns of spend_reservations that the reconciler writes.
- Money for models: `Intent(f"{predict_id}:{n}", "usd_micros", price, adapter="models",
  purpose="models", asked=Asked(model=…, provider=…))`; amount None where the model has no price. It
  is committed with the provider's id of the call, or the reservation's id and attempt.
- A `terminate` or `continue` stands in `Ruling.on_exhausted`; who counts denials in a row is the
  executor's fold of `policy.decision`. `latches(tx, subject)` says what a subject has used up.
- `actual` and `amount` include the fee. Amounts are whole numbers of the smallest part of a unit
  (`msat`, `usd_micros`), at most 2^53 - 1; units are never converted.
- `authorizations`: budgets made, filled up, ended, and the promises of the books, checked.
"""

from runtime_app.spend.answers import (
    Answer,
    Denied,
    Moved,
    NeedsApproval,
    Reserved,
    Ruling,
    Unbudgeted,
)
from runtime_app.spend.constraints import Asked
from runtime_app.spend.moves import (
    commit,
    late_truth,
    refund,
    release,
    resolve_commit,
    resolve_release,
    start,
    unknown,
)
from runtime_app.spend.reasons import VERSION, Decision
from runtime_app.spend.reservation import MAINTENANCE, Subject, provider_key, reservation_id
from runtime_app.spend.reserving import Intent, check, reserve
from runtime_app.spend.standing import Latch, Standing, find, latches, resolve
from runtime_app.spend.telling import CorrelationTaken

__all__ = [
    "MAINTENANCE",
    "VERSION",
    "Answer",
    "Asked",
    "CorrelationTaken",
    "Decision",
    "Denied",
    "Intent",
    "Latch",
    "Moved",
    "NeedsApproval",
    "Reserved",
    "Ruling",
    "Standing",
    "Subject",
    "Unbudgeted",
    "check",
    "commit",
    "find",
    "latches",
    "late_truth",
    "provider_key",
    "refund",
    "release",
    "reservation_id",
    "reserve",
    "resolve",
    "resolve_commit",
    "resolve_release",
    "start",
    "unknown",
]

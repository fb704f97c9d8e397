"""Acts: what an operator can do, and one that was done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

#: Every act that there is. What is not here cannot be recorded, and so cannot be done.
ACTS: Mapping[str, str] = {
    "ds.abort": "A canary was taken out of the calls.",
    "ds.advance": "A canary was given more of the calls.",
    "ds.auto_abort": "The runtime itself took the calls from a canary that was worse.",
    "ds.artifact": "A way to ask a model was written down.",
    "ds.canary": "An artifact was given a share of the calls.",
    "ds.promote": "An artifact was made the one that is used.",
    "ds.rollback": "An artifact that was used before was brought back.",
    "integrity.mismatch": "The runtime itself found that a run's log is not what it was.",
    "quarantine.drop": "Something that gave up was let be.",
    "quarantine.requeue": "The work of something that gave up was begun again, in a new run.",
    "provider.force": "A breaker was held open or closed for a while.",
    "provider.reset": "A breaker was closed.",
    "provider.trip": "A breaker was opened.",
    "run.cancel": "A run was asked to end, whoever owns it.",
    "run.fork": "A run was begun where another one stood.",
    "projections.rebuild": "The read models of a run were asked to be made again.",
    "projections.reconcile": "Read models were asked to be checked now.",
    "memory.compact": "What threads remember was asked to be made now.",
    "run.prune": "What only readers needed of ended runs was asked to go, or was counted.",
    "schema.migrate": "One revision was applied to the database.",
    "spend.create": "A budget was made.",
    "spend.resolve": "What had become of held money was booked, on evidence.",
    "spend.revoke": "A budget was ended: nothing more is paid from it.",
    "spend.topup": "More was granted to a budget.",
    "token.mint": "A token was made that speaks for a user, a guest or an operator.",
    "webhook.replay": "A notice was asked to be sent once more.",
}

Outcome = Literal["done", "unchanged"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, and by which right.

    Args:
        role: `cli` for whoever holds the database's address, `runtime` for the runtime itself, else
            the scope of an operator's token.
        key_id: of the key that signed the request, or that the act has used.
    """

    name: str
    role: str
    key_id: str | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """One act, as it is about to be recorded.

    Args:
        name: from `ACTS`.
        target: the id of what it is done to.
        arguments: what else was asked for; ids and numbers.
        before, after: the facts that it has changed, where there are any.
        outcome: `unchanged` when there was nothing left to do.
    """

    name: str
    actor: Actor
    reason: str
    target: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    outcome: Outcome = "done"
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One act as stored; `arguments`, `before` and `after` are canonical JSON text."""

    seq: int
    at: datetime
    actor: str
    role: str
    key_id: str | None
    act: str
    target: str | None
    arguments: str
    reason: str
    before: str | None
    after: str | None
    outcome: str
    request_id: str | None
    prev_hash: bytes
    row_hash: bytes

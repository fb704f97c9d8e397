"""The canaries that are at work, each held against its gates."""

import logging
from collections.abc import Mapping

from runtime_app.audit import journal
from runtime_app.audit.act import Act, Actor
from runtime_app.db import sql
from runtime_app.db.database import Database
from runtime_app.db.transaction import Transaction
from runtime_app.ds import pointers
from runtime_app.ds.catalog import SIGNATURES
from runtime_app.ds.gates import Seen, Verdict, judge, next_stage
from runtime_app.ds.pointers import Change, Pointer
from runtime_app.ds.signature import Signature
from runtime_app.errors import Conflict

SQL = sql.beside(__file__)
ACTOR = "canary"
_ACTIONS: Mapping[str, str] = {"abort": "auto_abort", "advance": "advance"}
_log = logging.getLogger(__name__)


def sweep_canaries(db: Database) -> int:
    """Take calls from canaries that breach a gate; give those more that advance by themselves.

    Returns:
        how many pointers were changed.
    """
    changed = 0
    for row in db.all(SQL["at_work"]):
        found = SIGNATURES.get(row.signature_id)
        if found is None:
            continue
        try:
            with db.transaction() as tx:
                changed += _see_to(tx, found)
        except Conflict:
            _log.info("the pointer of %s was moved meanwhile", found.id)
    return changed


def verdict(tx: Transaction, found: Signature, present: Pointer) -> Verdict:
    """What the receipts of the present stage say."""
    seen: dict[str, list[Seen]] = {"canary": [], "primary": []}
    for row in tx.all(SQL["seen_since"], **_of(present)):
        which = "canary" if row.compiled_id == present.canary_id else "primary"
        seen[which].append(Seen(row.status, row.error_class, row.latency_ms))
    age = tx.one(SQL["stage_age"], signature_id=found.id)
    return judge(
        seen["canary"],
        seen["primary"],
        age_s=0.0 if age is None else float(age.age_s),
        least=present.gate_receipts,
        least_s=present.gate_minutes * 60.0,
    )


def _of(present: Pointer) -> dict[str, str | None]:
    return {
        "signature_id": present.signature_id,
        "primary_id": present.primary_id,
        "canary_id": present.canary_id,
    }


def _see_to(tx: Transaction, found: Signature) -> int:
    present = pointers.pointer(tx, found)
    said = verdict(tx, found, present)
    if said.action == "stalled":
        _log.warning("the canary of %s is stalled: %s", found.id, said.reason)
    goes_on = said.action == "advance" and present.auto_advance
    if not goes_on and said.action != "abort":
        return 0
    change = Change(_ACTIONS[said.action], present.version, ACTOR, said.reason)
    stage = next_stage(present.canary_percent)
    if said.action == "abort":
        after = pointers.abort(tx, found, change)
    elif stage is None:
        return 0
    else:
        after = pointers.advance(tx, found, change, stage)
    act = Act(
        f"ds.{change.action}",
        Actor(ACTOR, "runtime"),
        said.reason,
        target=found.id,
        before=present.facts(),
        after=after.facts(),
    )
    journal.record(tx, act)
    return 1

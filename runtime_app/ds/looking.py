"""Receipts and traces as they are stored, checked whenever they are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime_app.canonical import sha256_hex, stored_loads
from runtime_app.db import sql
from runtime_app.db.database import Database
from runtime_app.ds import artifacts
from runtime_app.ds.artifacts import Incompatible
from runtime_app.ds.catalog import signature
from runtime_app.ds.policy import rule
from runtime_app.ds.receipt import first_difference

SQL = sql.beside(__file__)


class Damaged(Exception):
    """What is stored is not what its hash says, or is not there."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A receipt's row: its text, what that says, and the document that was ruled on."""

    text: str
    body: Mapping[str, Any]
    evaluated: str | None


def find(db: Database, receipt_id: str) -> Stored | None:
    """The receipt of this id."""
    row = db.one(SQL["get_receipt"], receipt_id=receipt_id)
    return None if row is None else Stored(row.body, stored_loads(row.body), row.evaluated)


def trace(db: Database, stored: Stored) -> Any:
    """The trace of a receipt; null where it has none.

    Raises:
        Damaged: see there.
    """
    of_hash = stored.body["trace_hash"]
    if of_hash is None:
        return None
    row = db.one(SQL["get_trace"], trace_hash=of_hash)
    if row is None or sha256_hex(f"oa.ds.trace.v1\n{row.body}") != of_hash:
        raise Damaged(f"the trace {of_hash} is not what was written")
    return stored_loads(row.body)


def difference(db: Database, stored: Stored) -> str | None:
    """The first thing that differs when all of a receipt is computed again, or None."""
    body = stored.body
    found = first_difference(stored.text, body)
    if found is not None:
        return f"{found} is not what was written"
    try:
        trace(db, stored)
        if body["artifact_hash"] is not None:
            with db.reading() as tx:
                artifacts.load(tx, signature(body["signature_id"]), body["compiled_id"])
    except (Damaged, Incompatible) as error:
        return str(error)
    return _ruling_differs(stored)


def _ruling_differs(stored: Stored) -> str | None:
    if stored.evaluated is None:
        return None
    spend, again = stored.body["spend"], rule(stored_loads(stored.evaluated))
    if again.evaluation_hash != spend["evaluation_hash"]:
        return "evaluation_hash is not that of the stored document"
    for name in ("decision", "reason_code"):
        if getattr(again, name) != spend[name]:
            return f"{name}: {spend[name]} then, {getattr(again, name)} now"
    return None

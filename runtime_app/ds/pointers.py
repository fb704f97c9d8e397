"""The pointers: which artifact is live. Changed under a version, never without a row that says so.

The versions of a pointer are a chain of primaries. A version that changes the primary names the
one before it as its parent; every other one stands for the version whose primary it keeps or
brings back. A rollback goes to the parent of what the present version stands for: two of them go
two back, and none comes back through what was rolled back from.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from runtime_app.canonical import canonical
from runtime_app.db import sql
from runtime_app.db.transaction import Transaction
from runtime_app.ds import artifacts
from runtime_app.ds.artifacts import Incompatible
from runtime_app.ds.signature import Signature
from runtime_app.errors import Conflict, InvalidRequest

SQL = sql.beside(__file__)


@dataclass(frozen=True, slots=True)
class Pointer:
    """What is live for one signature; version 0 is the catalogue's own, without a row.

    Args:
        auto_advance: whether its canary goes from stage to stage by itself.
        gate_receipts, gate_minutes: what each stage takes at least.
    """

    signature_id: str
    version: int
    primary_id: str
    canary_id: str | None = None
    canary_percent: int = 0
    rollout_seed: str = ""
    auto_advance: bool = False
    gate_receipts: int = 200
    gate_minutes: int = 30

    def facts(self) -> dict[str, Any]:
        """It as JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Change:
    """Who changes it, why, and what they believe it to be."""

    action: str
    expected_version: int
    actor: str
    reason: str


@dataclass(frozen=True, slots=True)
class Version:
    """One row of a pointer's history."""

    version: int
    action: str
    actor: str
    reason: str
    after: Mapping[str, Any]
    parent: int | None
    restores: int | None
    at: Any

    @property
    def stands_for(self) -> int:
        """The version whose primary this one has."""
        return self.version if self.restores is None else self.restores


def pointer(tx: Transaction, signature: Signature) -> Pointer:
    """The pointer as it stands."""
    row = tx.one(SQL["get_pointer"], signature_id=signature.id)
    if row is None:
        return Pointer(signature.id, 0, signature.compiled_id)
    return Pointer(*(getattr(row, name) for name in Pointer.__slots__))


def versions(tx: Transaction, signature: Signature) -> Sequence[Version]:
    """Its history, newest first."""
    names = Version.__slots__
    found = []
    for row in tx.all(SQL["list_versions"], signature_id=signature.id):
        facts = {name: getattr(row, name) for name in names}
        found.append(Version(**{**facts, "after": json.loads(row.after)}))
    return found


def canary(
    tx: Transaction,
    signature: Signature,
    change: Change,
    compiled_id: str,
    percent: int,
    **stages: Any,
) -> Pointer:
    """Let an artifact have some of the calls; also another percent of the same.

    Args:
        stages: `auto_advance`, `gate_receipts`, `gate_minutes`, of a pointer.

    Raises:
        Conflict: the pointer is another version.
        InvalidRequest: the artifact cannot be used for this signature.
    """
    _usable(tx, signature, compiled_id)
    before = pointer(tx, signature)
    after = replace(before, canary_id=compiled_id, canary_percent=percent, **stages)
    return _keep_primary(tx, signature, change, before, after)


def advance(tx: Transaction, signature: Signature, change: Change, percent: int) -> Pointer:
    """Let the canary have more of the calls: the next stage begins.

    Raises:
        Conflict: as `canary`; or there is no canary.
    """
    before = pointer(tx, signature)
    if before.canary_id is None:
        raise Conflict("there is no canary")
    after = replace(before, canary_percent=percent)
    return _keep_primary(tx, signature, change, before, after)


def abort(tx: Transaction, signature: Signature, change: Change) -> Pointer:
    """Let the canary have no calls any more.

    Raises:
        Conflict: as `canary`.
    """
    before = pointer(tx, signature)
    after = replace(before, canary_percent=0)
    return _keep_primary(tx, signature, change, before, after)


def promote(
    tx: Transaction, signature: Signature, change: Change, compiled_id: str, *, force: bool
) -> Pointer:
    """Make an artifact the primary; the canary is cleared.

    Raises:
        Conflict, InvalidRequest: as `canary`; without `force` there has to be a report that it beat
            the present primary.
    """
    _usable(tx, signature, compiled_id)
    if not force:
        raise InvalidRequest.field(
            "force", f"is needed: no report says that {compiled_id} is better than the primary"
        )
    before = pointer(tx, signature)
    parent = _standing(tx, signature, before.version)
    after = replace(before, primary_id=compiled_id, canary_id=None, canary_percent=0)
    return _write(tx, signature, change, before, after, parent=parent, restores=None)


def rollback(
    tx: Transaction, signature: Signature, change: Change, to: int | None = None
) -> Pointer:
    """Go back to the primary before this one, or to that of the version `to`.

    Raises:
        Conflict: as `canary`; or there is nothing before it.
        InvalidRequest: there is no such version.
    """
    before = pointer(tx, signature)
    chain = {each.version: each for each in versions(tx, signature)}
    if to is None:
        present = _standing(tx, signature, before.version)
        if present == 0:
            raise Conflict("the catalogue's own artifact is live: there is nothing before it")
        target = chain[present].parent or 0
    elif to == 0:
        target = 0
    elif to in chain:
        target = chain[to].stands_for
    else:
        raise InvalidRequest.field("version", f"{to} is not a version of this pointer")
    primary = signature.compiled_id if target == 0 else chain[target].after["primary_id"]
    _usable(tx, signature, primary)
    after = replace(before, primary_id=primary, canary_id=None, canary_percent=0)
    return _write(tx, signature, change, before, after, parent=None, restores=target)


def _standing(tx: Transaction, signature: Signature, version: int) -> int:
    found = (each for each in versions(tx, signature) if each.version == version)
    return next((each.stands_for for each in found), 0)


def _usable(tx: Transaction, signature: Signature, compiled_id: str) -> None:
    try:
        if compiled_id == signature.compiled_id:
            artifacts.default(tx, signature)
        else:
            artifacts.load(tx, signature, compiled_id)
    except Incompatible as error:
        raise InvalidRequest.field("compiled_id", str(error)) from error


def _keep_primary(
    tx: Transaction, signature: Signature, change: Change, before: Pointer, after: Pointer
) -> Pointer:
    stands_for = _standing(tx, signature, before.version)
    return _write(tx, signature, change, before, after, parent=None, restores=stands_for)


def _write(
    tx: Transaction,
    signature: Signature,
    change: Change,
    before: Pointer,
    after: Pointer,
    *,
    parent: int | None,
    restores: int | None,
) -> Pointer:
    """Raises: Conflict; it is another version than expected."""
    if before.version != change.expected_version:
        raise _moved(before.version, change)
    if before.version == 0:
        _usable(tx, signature, before.primary_id)
    seed = before.rollout_seed or secrets.token_hex(8)
    after = replace(after, version=before.version + 1, rollout_seed=seed)
    query = SQL["make_pointer" if before.version == 0 else "move_pointer"]
    if tx.one(query, **after.facts(), expected=before.version) is None:
        raise _moved(before.version, change)
    tx.execute(
        SQL["add_version"],
        signature_id=signature.id,
        version=after.version,
        action=change.action,
        actor=change.actor,
        reason=change.reason,
        before=canonical(before.facts()),
        after=canonical(after.facts()),
        parent=parent,
        restores=restores,
    )
    tx.tell("pointer.changed", action=change.action)
    return after


def _moved(present: int, change: Change) -> Conflict:
    return Conflict(
        f"the pointer is at version {present} or later, not {change.expected_version}: look again"
    )

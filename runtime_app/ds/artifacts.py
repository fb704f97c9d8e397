"""Artifacts as rows: written once, and checked whenever they are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime_app.canonical import canonical, stored_loads
from runtime_app.db import sql
from runtime_app.db.transaction import Transaction
from runtime_app.ds.signature import Signature, hashes_of
from runtime_app.ds.strategies import MOST_ITERATIONS, STRATEGIES
from runtime_app.errors import InvalidRequest

SQL = sql.beside(__file__)


class Incompatible(Exception):
    """An artifact that is not there, is not what its hashes say, or is not for this signature."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """One frozen way to ask."""

    compiled_id: str
    body: Mapping[str, Any]
    hashes: Mapping[str, str]


def load(tx: Transaction, signature: Signature, compiled_id: str) -> Artifact:
    """The artifact, its hashes computed anew.

    Raises:
        Incompatible: see there.
    """
    row = tx.one(SQL["get_artifact"], compiled_id=compiled_id)
    if row is None:
        raise Incompatible(f"there is no artifact {compiled_id}")
    body = stored_loads(row.body)
    try:
        hashes = hashes_of(signature, body)
    except (KeyError, TypeError, ValueError) as error:
        raise Incompatible(f"the body of {compiled_id} cannot be read") from error
    for name, computed in hashes.items():
        if getattr(row, name) != computed:
            raise Incompatible(
                f"{name} of {compiled_id} is not what is stored, or not the one of {signature.id}"
            )
    return Artifact(compiled_id, body, hashes)


def keep(
    tx: Transaction, signature: Signature, body: Mapping[str, Any], provenance: Mapping[str, Any]
) -> Artifact:
    """Write an artifact, unless it is there.

    Raises:
        InvalidRequest: its body cannot be carried out.
    """
    if set(body) != set(signature.body):
        raise InvalidRequest.field("body", f"must have {', '.join(signature.body)} and no more")
    if body["strategy"] not in STRATEGIES:
        raise InvalidRequest.field("body.strategy", f"must be one of {', '.join(STRATEGIES)}")
    iterations = body["settings"].get("iterations", 1)
    if type(iterations) is not int or not 1 <= iterations <= MOST_ITERATIONS:
        raise InvalidRequest.field("body.settings.iterations", f"must be 1 to {MOST_ITERATIONS}")
    hashes = hashes_of(signature, body)
    compiled_id = f"art_{hashes['artifact_hash'][:24]}"
    tx.execute(
        SQL["add_artifact"],
        compiled_id=compiled_id,
        signature_id=signature.id,
        body=canonical(body),
        provenance=canonical(provenance),
        **hashes,
    )
    return Artifact(compiled_id, body, hashes)


def default(tx: Transaction, signature: Signature) -> Artifact:
    """The signature's own, which becomes a row with its first use."""
    row = tx.one(SQL["get_artifact"], compiled_id=signature.compiled_id)
    if row is None:
        keep(tx, signature, signature.body, {"created_by": "catalog"})
    return load(tx, signature, signature.compiled_id)

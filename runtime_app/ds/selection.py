"""Which artifact a prediction uses: primary or canary, the same for the same key."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime_app.db import sql
from runtime_app.db.transaction import Transaction

SQL = sql.beside(__file__)


@dataclass(frozen=True, slots=True)
class Selection:
    """What was chosen, and by which facts; all of it is in the receipt.

    Args:
        compiled_id: None: the signature's own.
    """

    compiled_id: str | None
    variant: str = "primary"
    pointer_version: int = 0
    canary_percent: int = 0
    bucket: int | None = None
    seed: str | None = None
    key_kind: str | None = None

    def facts(self) -> Mapping[str, Any]:
        """As they stand in a receipt."""
        names = ("pointer_version", "variant", "canary_percent", "bucket", "seed", "key_kind")
        return {name: getattr(self, name) for name in names}


def bucket(signature_id: str, seed: str, key: str) -> int:
    """0 to 99; a key is a canary's while its bucket is below the percent, so that more percent only
    adds keys."""
    digest = hashlib.sha256(f"{signature_id}|{seed}|{key}".encode()).hexdigest()
    return int(digest[:8], 16) % 100


def select(tx: Transaction, signature_id: str, key: str) -> Selection:
    """Read the pointer and choose; nothing is cached, so that a rollback counts at once.

    Args:
        key: `kind:id`, such as `user:42`.
    """
    row = tx.one(SQL["get_pointer"], signature_id=signature_id)
    if row is None:
        return Selection(None)
    place = bucket(signature_id, row.rollout_seed, key)
    canary = row.canary_id is not None and place < row.canary_percent
    return Selection(
        row.canary_id if canary else row.primary_id,
        "canary" if canary else "primary",
        row.version,
        row.canary_percent,
        place,
        row.rollout_seed,
        key.partition(":")[0],
    )

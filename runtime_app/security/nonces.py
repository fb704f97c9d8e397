"""Single-use nonces: seen once, by any process, until the token would have expired anyway."""

from runtime_app.db.database import Database
from runtime_app.db.sql import beside
from runtime_app.errors import Unauthorized

_SQL = beside(__file__, "nonces.sql")


class NonceStore:
    """Nonces in an unlogged table: no process and no restart of ours forgets one."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def use(self, nonce: str, expires_at_s: int) -> None:
        """Use a nonce up.

        Raises:
            Unauthorized: it has been used before.

        Effects:
            auth_nonces, committed at once: a nonce stays used when its request fails.
        """
        kept = self._db.sanitizer.text(nonce)
        if self._db.one(_SQL["remember"], nonce=kept, expires_at_s=expires_at_s) is None:
            raise Unauthorized(
                "the token has been used before; mint a new one for each request", "nonce"
            )

    def prune(self) -> int:
        """Forget the nonces whose tokens have expired; how many."""
        return self._db.execute(_SQL["prune"])

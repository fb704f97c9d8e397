"""Where Postgres is; a value, without the drivers that reach it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class DatabaseSettings:
    """Where Postgres is and how much of it one process may take.

    Args:
        url: libpq URL for pooled connections (may lead through a transaction pooler).
        direct_url: libpq URL for LISTEN and migrations; must not lead through one.
        pool_size: connections kept; as many again may be opened in a burst.
        checkout_timeout_s: how long somebody waits in line for one.
        read_only: whether the server refuses whatever these connections would write.
    """

    url: str
    direct_url: str
    pool_size: int = 10
    checkout_timeout_s: float = 5
    connect_timeout_s: int = 3
    statement_timeout_ms: int = 10_000
    lock_timeout_ms: int = 3_000
    idle_in_transaction_timeout_ms: int = 15_000
    read_only: bool = False

    @property
    def most(self) -> int:
        """Connections that one process opens at most."""
        return 2 * self.pool_size

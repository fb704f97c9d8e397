"""Kombu's way to a Redis, but with one client for a channel: it makes one for each command.

What a client costs is not its connection, which comes from a pool, but its tables of callbacks: it
is more than most commands. One client serves all threads.
"""

from typing import Any

from kombu.transport import redis


class Channel(redis.Channel):
    """A channel that keeps its client for as long as it keeps the pool of its connections."""

    _kept: Any = None

    def _create_client(self, asynchronous: bool = False) -> Any:
        if asynchronous:
            return super()._create_client(asynchronous=True)
        kept = self._kept
        if kept is None or kept.connection_pool is not self.pool:
            kept = self._kept = super()._create_client()
        return kept


class Transport(redis.Transport):
    """The same, of such channels."""

    Channel = Channel

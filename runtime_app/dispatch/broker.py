"""What the broker says of itself."""

from dataclasses import dataclass
from typing import Any

from kombu import Connection
from kombu.exceptions import OperationalError

from runtime_app.errors import Unavailable

_WITHIN_S = 2.0


@dataclass(frozen=True, slots=True)
class BrokerFacts:
    """Which server it is, and what it does when its memory is full."""

    version: str
    eviction: str


def facts(broker_url: str) -> BrokerFacts:
    """Ask it.

    Raises:
        Unavailable: it cannot be reached, or does not let us in.
    """
    limits = {"socket_timeout": _WITHIN_S, "socket_connect_timeout": _WITHIN_S}
    connection = Connection(broker_url, connect_timeout=_WITHIN_S, transport_options=limits)
    try:
        with connection:
            connection.ensure_connection(max_retries=1, timeout=_WITHIN_S)
            channel: Any = connection.default_channel
            told: dict[str, Any] = channel.client.info()
    except (OperationalError, OSError, *connection.connection_errors) as error:
        raise Unavailable(f"the broker cannot be reached ({error})") from error
    name = "Valkey" if "valkey_version" in told else "Redis"
    version = told.get("valkey_version") or told.get("redis_version")
    return BrokerFacts(f"{name} {version}", str(told.get("maxmemory_policy")))

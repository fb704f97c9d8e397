"""A work-around of kombu: a channel whose connection is gone says so as a connection error.

When a broker is lost, a worker gives back the messages that it has not acknowledged. If the broker
does not answer at that moment (a restart), kombu's Redis channel looks for the address of a
connection that it has dropped, and ends in an AttributeError. Celery takes that for a failure of
the program: it stops the worker without draining it, and no message is taken until the work in hand
has ended. A connection error it knows: the worker connects again and goes on.
"""

from functools import wraps
from typing import Any


def install() -> None:
    """Mend kombu's Redis channel in this process; once is enough."""
    from kombu.transport.redis import Channel  # with it comes much that only a connection needs
    from redis.exceptions import ConnectionError as BrokerLost

    asked = Channel._connparams

    @wraps(asked)
    def connparams(channel: Any, *args: Any, **kwargs: Any) -> Any:
        if channel.connection is None or channel.connection.client is None:
            raise BrokerLost("the connection of this channel is gone")
        return asked(channel, *args, **kwargs)

    setattr(Channel, "_connparams", connparams)  # noqa: B010 - plainly, it is a patch

"""Whether a connection's socket has something to say."""

import select
from typing import Any


def readable(connection: Any, timeout_s: float) -> bool:
    """Wait at most `timeout_s`; poll(2), because select(2) ends at 1024 open files."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(timeout_s * 1000))

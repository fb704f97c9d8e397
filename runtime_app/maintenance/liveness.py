"""The names under which processes hold leases and claims, and what a name tells of their death."""

import os
import socket


def process_name(role: str, pid: int) -> str:
    """The name of a process of this machine."""
    return f"{role or 'worker'}@{socket.gethostname()}:{pid}"


def certainly_dead(name: str) -> bool:
    """Whether the process of that name has ended; of other machines nobody can say.

    A process id that somebody else has been given since counts as alive.
    """
    who, _, pid = name.rpartition(":")
    if who.rpartition("@")[2] != socket.gethostname() or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False

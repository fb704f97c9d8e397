"""Processes of a home that their supervisor left behind.

Every process of a stack carries `OA_STACK_HOME` and `OA_ROLE` in its environment, and so do its
children. Postgres writes its titles over that memory; its processes are known by where they stand,
in their data folder. Where there is no /proc nothing is found, and nothing is promised.
"""

import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

from runtime_app.local.errors import StackError
from runtime_app.local.home import Home

HOME_MARK = "OA_STACK_HOME"
ROLE_MARK = "OA_ROLE"

_PROC = Path("/proc")
_LIMIT_S = 5.0
_POLL_S = 0.02


def find(home: Home, role: str | None = None) -> set[int]:
    """Process ids that belong to this home, of one role when given, this process excepted."""
    if not _PROC.is_dir():
        return set()
    pids = {int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()}
    return {pid for pid in pids - {os.getpid()} if _belongs(pid, home, role)}


def sweep(home: Home, role: str | None = None, *, patience_s: float = 0.0) -> set[int]:
    """End what is left of this home, or of one of its roles, and return what was there.

    Args:
        patience_s: how long they may take to end by themselves before they are killed.
    Raises:
        StackError: something would not die within 5 s.
    """
    found = find(home, role)
    kill(home, found, patience_s=patience_s)
    return found


def kill(home: Home, pids: Iterable[int], *, patience_s: float = 0.0) -> None:
    """End these processes of this home; those that have ended by then do not matter.

    Raises:
        StackError: one would not die within 5 s.
    """
    living = _after(home, set(pids), patience_s)
    for pid in living:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    immortal = _after(home, living, _LIMIT_S)
    if immortal:
        raise StackError(
            f"processes of an earlier stack in {home.path} do not end: {sorted(immortal)}",
            "End them by hand, or run with another OA_HOME.",
        )


def _after(home: Home, pids: set[int], limit_s: float) -> set[int]:
    """Those that still live once `limit_s` is over, or none as soon as none does."""
    for _ in range(int(limit_s / _POLL_S)):
        pids = {pid for pid in pids if _belongs(pid, home, None)}
        if not pids:
            break
        time.sleep(_POLL_S)
    return pids


def _belongs(pid: int, home: Home, role: str | None) -> bool:
    try:
        # A dead process that nobody has reaped yet has neither.
        environment = (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
        cwd = os.readlink(_PROC / str(pid) / "cwd")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False
    if role in (None, "postgres") and cwd == str(home.postgres_data):
        return True
    if os.fsencode(f"{HOME_MARK}={home.path}") not in environment:
        return False
    return role is None or os.fsencode(f"{ROLE_MARK}={role}") in environment

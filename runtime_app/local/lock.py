"""One supervisor per home: a lock that the kernel lets go when its holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from runtime_app.local.errors import AlreadyRunning
from runtime_app.local.home import Home


@contextmanager
def held(home: Home) -> Iterator[None]:
    """Hold the home for the length of the block.

    Raises:
        AlreadyRunning: another process holds it; carries that process's id.
    """
    descriptor = os.open(home.lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(home.path, _pid_in(descriptor)) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def is_held(home: Home) -> bool:
    """Whether a supervisor holds the home now."""
    try:
        descriptor = os.open(home.lock, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def holder(home: Home) -> int | None:
    """The process id of the supervisor that holds the home now; None when there is none.

    Also None for the instant in which a new one has the lock and has not written its id.
    """
    if not is_held(home):
        return None
    text = home.lock.read_text()
    return int(text) if text.isdigit() else None


def _pid_in(descriptor: int) -> int | None:
    text = os.pread(descriptor, 32, 0).decode()
    return int(text) if text.isdigit() else None

"""Workers that are born grown up: forked from a process that has loaded what they load.

A worker of Celery spends most of its start on imports. Here they are done once, before anything of
a worker has begun; each child then gets an environment and a command and is a worker like others.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.support.stack import PROJECT

#: All that a worker loads before it reads its environment; `tasks` reads it as it is loaded.
LOADED = (
    "celery.bin.celery",
    "celery.bin.worker",
    "celery.apps.worker",
    "celery.concurrency.thread",
    "kombu.transport.redis",
    "runtime_app.bootstrap.worker",
)


class Nursery:
    """Forks workers until it is closed."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def fork(self, argv: Sequence[str], environ: Mapping[str, str], log: Path) -> int:
        """A worker of that command; its process id. Whoever asks for it kills it."""
        asked = {"argv": [*argv], "environ": {**environ}, "log": str(log)}
        _pipe(self._process.stdin).write(json.dumps(asked).encode() + b"\n")
        _pipe(self._process.stdin).flush()
        return int(_pipe(self._process.stdout).readline())


@contextmanager
def nursery() -> Iterator[Nursery]:
    """One for the length of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.nursery"],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"]},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        yield Nursery(process)
    finally:
        process.communicate(timeout=20)


def _pipe(end: IO[bytes] | None) -> IO[bytes]:
    assert end is not None
    return end


def _serve() -> None:
    for name in LOADED:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            _live(asked["argv"], asked["environ"], asked["log"])
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


def _live(argv: list[str], environ: dict[str, str], log: str) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.environ.clear()
    os.environ.update(environ)
    with open(log, "ab") as out, open(os.devnull, "rb") as nothing:
        for end, taken in ((nothing, 0), (out, 1), (out, 2)):
            os.dup2(end.fileno(), taken)
    sys.argv = ["celery", *argv]
    sys.exit(importlib.import_module("celery.__main__").main())


if __name__ == "__main__":
    _serve()

"""The supervisor's last will: ends what its death leaves behind.

The kernel ends the roles themselves, each tied to the supervisor's life. Their own children
are not tied to anything. This small process holds the other end of a pipe, and the pipe breaks the
moment the supervisor is gone, however it went.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime_app.local import leftovers
from runtime_app.local.home import Home

_PATIENCE_S = 1.0
_PROJECT = Path(__file__).resolve().parents[2]


@contextmanager
def watching(home: Home) -> Iterator[None]:
    """Have a guard for the length of the block; at its end nothing should be left for it to do."""
    process = subprocess.Popen(
        [sys.executable, "-m", "runtime_app.local.guard", str(home.path)],
        cwd=_PROJECT,
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    # On leaving, closes the pipe, then waits for the guard.
    with process:
        yield


def main(home: Home) -> None:
    """Wait for the pipe to break, then end what was running at that moment.

    Processes started later belong to the next supervisor.
    """
    sys.stdin.buffer.read()
    leftovers.kill(home, leftovers.find(home), patience_s=_PATIENCE_S)


if __name__ == "__main__":
    main(Home(Path(sys.argv[1])))

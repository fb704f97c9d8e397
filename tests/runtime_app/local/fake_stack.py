"""Run as a file: a real supervisor over a small table of stand-in roles.

    python fake_stack.py [TABLE]

The stand-ins are Python processes that do what real roles do to a supervisor: leave a ready mark,
have children, take their time to end, or refuse to.
"""

import os
import sys

import click

from runtime_app.local import launch
from runtime_app.local.errors import AlreadyRunning, StackError
from runtime_app.local.launch import Table
from runtime_app.local.settings import LocalSettings
from runtime_app.local.supervisor import Happening
from runtime_app.roles import Ready, Role

_IMPORTS = "import os, pathlib, signal, subprocess, sys\n"
_READY = "pathlib.Path(os.environ['OA_READY_FILE']).touch()\n"
_FOREVER = "signal.pause()\n"
_CHILD = "subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])\n"
_DEAF = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"


def _role(name: str, code: str, *, grace_s: float = 2.0) -> Role:
    return Role(name, ("{python}", "-c", _IMPORTS + code), Ready.MARK, grace_s=grace_s)


STEADY = _role("steady", _READY + _FOREVER)
PARENT = _role("parent", _CHILD + _READY + _FOREVER)
DEAF = _role("deaf", _DEAF + _READY + "while True: " + _FOREVER, grace_s=1.0)

TABLES = {
    "healthy": Table((STEADY, PARENT), migration=None),
    "deaf": Table((STEADY, DEAF), migration=None),
    "broken": Table((STEADY, _role("broken", "sys.exit('no sense')")), migration=None),
    "slow": Table((STEADY, _role("slow", _FOREVER)), migration=None),
    "unmigrated": Table((STEADY,), migration=_role("migrate", "sys.exit('bad column')")),
}


def main(table: str = "healthy") -> int:
    try:
        launch.run(
            LocalSettings.from_environ(os.environ),
            os.environ,
            tell=_tell,
            up=lambda state: click.echo(f"up {sorted(state.roles)}"),
            table=TABLES[table],
        )
    except AlreadyRunning as other:
        click.echo(f"already running {other.pid}")
    except StackError as error:
        click.echo(f"{type(error).__name__}: {error}")
        return 1
    return 0


def _tell(happening: Happening) -> None:
    click.echo(happening)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

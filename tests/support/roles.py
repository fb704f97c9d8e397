"""The processes of a running stack, from outside: what they were told, what they count."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from prometheus_client.parser import text_string_to_metric_families

from runtime_app.local.leftovers import ROLE_MARK
from tests.support.stack import PROJECT, RunningStack, eventually


def environment_of(pid: int) -> dict[str, str]:
    """The environment that a process was started with."""
    environ = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return dict(pair.decode().partition("=")[::2] for pair in environ if pair)


def beside(pid: int, folder: Path) -> dict[str, str]:
    """The environment of a second process like `pid`, which outlives a restart of the first.

    It does not count with it, and carries no mark by which the supervisor would end it.
    """
    counts = folder / f"counts-{pid}"
    counts.mkdir(exist_ok=True)
    own = {"OA_METRICS_PORT": "0", "PROMETHEUS_MULTIPROC_DIR": str(counts), ROLE_MARK: "second"}
    return {**environment_of(pid), **own}


def argv_of(pid: int) -> list[str]:
    """The command of a process."""
    return Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0").split("\0")


def children_of(pid: int) -> list[int]:
    """The process ids of its children."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


def samples_of(pid: int) -> dict[tuple[str, ...], float]:
    """What it counts: (name, label values in the order of their names) -> value."""
    port = environment_of(pid)["OA_METRICS_PORT"]
    answer = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5)
    assert answer.status_code == 200
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


@contextmanager
def second(stack: RunningStack, role: str, folder: Path) -> Iterator[int]:
    """A second process of a role that serves no port of its own, up; its process id."""
    pid, mark = stack.pid(role), folder / f"{role}.ready"
    environ = beside(pid, folder) | {"OA_READY_FILE": str(mark)}
    with (folder / f"{role}.log").open("wb") as log:
        process = subprocess.Popen(
            argv_of(pid),
            cwd=PROJECT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        eventually(mark.exists, within_s=60, what=f"a second {role}")
        yield process.pid
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

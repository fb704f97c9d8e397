"""A worker that gets no messages any more is seen to be deaf, and one that works is not."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from runtime_app.local.ports import free_port
from tests.support.roles import argv_of, environment_of, samples_of
from tests.support.silent_proxy import SilentProxy
from tests.support.stack import PROJECT, eventually

DEAF_AFTER_S = 2.0
PROBE = (sys.executable, "-m", "runtime_app", "probe", "worker")


@dataclass(frozen=True)
class Worker:
    """A worker of the test's own, and how its broker may be silenced."""

    pid: int
    environ: dict[str, str]
    proxy: SilentProxy
    log: Path

    def deaf_s(self) -> float:
        return samples_of(self.pid)["oa_worker_deaf_seconds",]

    def probe(self) -> tuple[int, str]:
        """Exit code and words of the probe."""
        done = subprocess.run(
            PROBE, cwd=PROJECT, env=self.environ, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr


@contextmanager
def worker_of(state: dict[str, Any], folder: Path) -> Iterator[Worker]:
    """A second worker of a queue without work, as the shared stack's is, through a proxy."""
    model = state["roles"]["worker-settlement"]["pid"]
    proxy, mark = SilentProxy(state["broker_url"]), folder / "ready"
    (folder / "metrics").mkdir()
    own = {
        "OA_BROKER_URL": proxy.url,
        "OA_READY_FILE": str(mark),
        "OA_METRICS_PORT": str(free_port(frozenset())),
        "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
        "OA_HEALTH_FILE": str(folder / "health"),
        "OA_HAIL_EVERY_S": "0.3",
        "OA_DEAF_AFTER_S": str(DEAF_AFTER_S),
    }
    environ = {**environment_of(model), **own}
    argv = ["hailing@%h" if "@" in part else part for part in argv_of(model)]
    log = folder / "log"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            argv,
            cwd=PROJECT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        eventually(mark.exists, within_s=60, what="the worker is up")
        yield Worker(process.pid, environ, proxy, log)
    finally:
        proxy.speak()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        proxy.close()


@pytest.fixture
def worker(stack_state: dict[str, Any], tmp_path: Path) -> Iterator[Worker]:
    with worker_of(stack_state, tmp_path) as worker:
        yield worker


def test_a_worker_whose_consumer_is_silent_is_deaf_until_it_hears_again(worker: Worker):
    health = Path(worker.environ["OA_HEALTH_FILE"])
    first = health.stat().st_mtime
    eventually(lambda: health.stat().st_mtime > first, within_s=20, what="a hail that came back")
    assert worker.probe() == (0, "the worker hears\n")

    worker.proxy.silence()
    eventually(lambda: worker.deaf_s() > DEAF_AFTER_S, within_s=30, what="deafness")
    code, words = worker.probe()
    assert code == 1
    assert "has heard no message of its own for" in words
    assert "deaf: no message came back" in worker.log.read_text()

    worker.proxy.speak()
    eventually(lambda: worker.deaf_s() < DEAF_AFTER_S, within_s=90, what="hearing again")
    eventually(lambda: worker.probe()[0] == 0, within_s=20, what="a probe that is content")


def test_a_broker_that_is_away_makes_nobody_deaf(worker: Worker):
    worker.proxy.close()
    eventually(
        lambda: worker.log.read_text().count("the broker takes no hail") > DEAF_AFTER_S / 0.3,
        within_s=60,
        what="hails that the broker did not take",
    )
    assert worker.deaf_s() < DEAF_AFTER_S
    assert worker.probe()[0] == 0


def test_a_probe_says_what_is_missing(stack_state: dict[str, Any], tmp_path: Path):
    def probe(**environ: str) -> tuple[int, str]:
        done = subprocess.run(
            PROBE, cwd=PROJECT, env={**os.environ, **environ}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    assert probe(OA_HEALTH_FILE="") == (
        1,
        "OA_HEALTH_FILE is not set: set it for the worker and for this command alike\n",
    )
    code, words = probe(OA_HEALTH_FILE=str(tmp_path / "none"))
    assert code == 1
    assert "is not there: the worker does not consume its queue yet" in words
    code, words = probe(OA_HEALTH_FILE=str(tmp_path), OA_DEAF_AFTER_S="soon")
    assert code == 1
    assert "OA_DEAF_AFTER_S" in words


def test_every_worker_of_a_stack_hears(stack_state: dict[str, Any]):
    for role in ("worker-runs", "worker-tools", "worker-settlement", "worker-maintenance"):
        assert samples_of(stack_state["roles"][role]["pid"])["oa_worker_deaf_seconds",] < 15

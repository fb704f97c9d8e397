"""A hellish broker, and workers that are killed: runs end, tools take effect once, logs are whole.

Each run asks one host that no other run asks, so that what its tool does is counted outside.
"""

import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Self

import pytest

from tests.e2e.test_worker_faults import check_log
from tests.support.api import Api, fresh
from tests.support.counting_proxy import CountingProxy
from tests.support.hellish_broker import HellishBroker
from tests.support.postgres import Session, session
from tests.support.roles import argv_of, beside
from tests.support.stack import PROJECT, RunningStack, eventually, running_stack

RUNS, KILLS = 24, 20
#: Public addresses, so that they may be asked; the proxy keeps everybody from them.
HOSTS = [f"93.184.215.{last}" for last in range(1, RUNS + KILLS + 1)]
MODEL = "scripted/call?tool=http.get&delay_ms=20"
#: Which events of a run a kill may come after.
FIRST_STAGE, LAST_STAGE = 2, 14
SEED = 6


@dataclass(frozen=True)
class Asked:
    """A run that was started, by whom, and the host that it asks."""

    api: Api
    run_id: str
    thread_id: str
    host: str

    @property
    def ended(self) -> bool:
        return self.api.snapshot(self.run_id, self.thread_id)["terminal"] is not None


@pytest.fixture(scope="module")
def broker(stack_state: Mapping[str, Any]) -> Iterator[HellishBroker]:
    """Before a database of its own in the shared stack's broker."""
    url = stack_state["broker_url"].rpartition("/")[0] + "/7"
    broker = HellishBroker(url, ("runs", "tools", "maintenance", "anchors"), SEED)
    yield broker
    broker.close()


@pytest.fixture(scope="module")
def proxy() -> Iterator[CountingProxy]:
    proxy = CountingProxy(takes_s=0.2)
    yield proxy
    proxy.close()


@pytest.fixture(scope="module")
def stack(broker: HellishBroker, proxy: CountingProxy) -> Iterator[RunningStack]:
    with running_stack(
        OA_BROKER_URL=broker.url,
        OA_EGRESS_ALLOW=",".join(HOSTS),
        OA_EGRESS_PROXY=proxy.url,
        OA_LEASE_TTL_S="2",
        OA_LEASE_HEARTBEAT_S="0.5",
    ) as running:
        yield running


@pytest.fixture
def rows(stack: RunningStack) -> Iterator[Session]:
    with session(stack.state["owner_database_url"]) as rows:
        yield rows


def ask(api: Api, number: int) -> Asked:
    """Start a run of an owner of its own: it never waits for a slot."""
    asked = Asked(api.as_user(number), fresh(), fresh("t"), HOSTS[number])
    url = json.dumps({"url": f"https://{asked.host}/"})
    assert asked.api.start(asked.run_id, asked.thread_id, model=MODEL).status_code == 201
    assert asked.api.frame(asked.run_id, asked.thread_id, "f1", url).status_code == 202
    return asked


def attempts(rows: Session, run: Asked) -> int:
    return rows.value(
        "select coalesce(sum(attempt), 0) from runtime.tool_tasks where run_id = %(id)s",
        id=run.run_id,
    )


def test_with_a_hellish_broker_every_run_ends_and_no_tool_takes_effect_twice(
    broker: HellishBroker, proxy: CountingProxy, own_api: Api, rows: Session
) -> None:
    runs = [ask(own_api, number) for number in range(RUNS)]
    eventually(lambda: all(run.ended for run in runs), within_s=180, what="the end of all runs")
    heads = {run.run_id: own_head(rows, run) for run in runs}

    late = broker.release()
    broker.raging = False
    eventually(lambda: broker.waiting() == 0, within_s=60, what="late messages taken")
    assert late > 0
    assert min(broker.fates[fate] for fate in ("dropped", "doubled", "late")) > 0
    for run in runs:
        types = check_log(run.api, run.run_id, run.thread_id)
        assert types.count("tool.result") == 1
        assert run.api.snapshot(run.run_id, run.thread_id)["status"] == "completed"
        assert (proxy.asked[run.host], attempts(rows, run)) == (1, 1)
        assert own_head(rows, run) == heads[run.run_id]


def test_workers_killed_at_20_random_moments_leave_whole_logs_and_no_effect_without_an_attempt(
    broker: HellishBroker,
    proxy: CountingProxy,
    stack: RunningStack,
    own_api: Api,
    rows: Session,
    tmp_path: Path,
) -> None:
    """The holder of the run is killed, or the child that is at its tool. Two workers take turns.

    A run that three of the kills hit, with no progress between them, is given up and says so.
    """
    broker.raging = False
    random = Random(SEED)
    with Others(stack.pid("worker-runs"), tmp_path) as others:
        runs = []
        for number in range(RUNS, RUNS + KILLS):
            runs.append(ask(own_api, number))
            stage = random.randint(FIRST_STAGE, LAST_STAGE)
            until_event(rows, runs[-1], stage)
            with suppress(ProcessLookupError):  # it was quicker
                os.kill(at_work(rows, runs[-1]) or others.pid, signal.SIGKILL)
            others.replace_dead()
        eventually(lambda: all(run.ended for run in runs), within_s=180, what="all ends")
    given_up = 0
    for run in runs:
        types = check_log(run.api, run.run_id, run.thread_id)
        terminal = run.api.snapshot(run.run_id, run.thread_id)["terminal"]
        assert types.count("tool.result") <= 1
        assert proxy.asked[run.host] <= attempts(rows, run)
        if terminal["reasonClass"] == "executor_recovery_exhausted":
            assert types.count("run.executor_lost") >= 3
            given_up += 1
            continue
        assert terminal["reasonClass"] == "completed"
        assert types.count("tool.result") == 1
        assert proxy.asked[run.host] >= 1
    assert given_up <= KILLS / 3


class Others:
    """A second worker of runs at all times, not the supervisor's: that one waits after each death.

    Args:
        model: the worker that they are like.
    """

    def __init__(self, model: int, folder: Path) -> None:
        self._argv, self._environ = argv_of(model), beside(model, folder)
        self._process = self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    def replace_dead(self) -> None:
        """Start another if this one has been killed."""
        if self._process.poll() is not None:
            self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._argv,
            cwd=PROJECT,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def until_event(rows: Session, run: Asked, seq: int) -> None:
    """Wait until the run's log has come so far."""
    eventually(lambda: own_head(rows, run)[0] >= seq, within_s=60, what=f"event {seq}")


def own_head(rows: Session, run: Asked) -> tuple[int, bytes]:
    [(seq, chain_head)] = rows.rows(
        "select seq, chain_head from runtime.run_heads where run_id = %(id)s", id=run.run_id
    )
    return seq, bytes(chain_head)


def at_work(rows: Session, run: Asked) -> int | None:
    """The process that holds the run, or is at its tool; None when nobody does anything for it."""
    found = rows.rows(
        "select owner from runtime.run_leases where run_id = %(id)s and owner is not null"
        " union all"
        " select worker from runtime.tool_tasks where run_id = %(id)s and state = 'running'",
        id=run.run_id,
    )
    return int(found[0][0].rpartition(":")[2]) if found else None

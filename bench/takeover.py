"""From kill -9 of an executor to the next event that another one writes, leases as shipped."""

import os
import signal
import tempfile
import time
from pathlib import Path

from bench.harness import Figure, at_most, percentile, plain
from tests.support.api import Api
from tests.support.reader import Reader, begin
from tests.support.roles import second
from tests.support.stack import RunningStack, eventually, running_stack

#: Kills, and runs that stream when one comes. What a kill costs depends on where in the heartbeat
#: and in the janitor's interval it falls, and that is the same for all of its runs, nearly.
KILLS, RUNS = 4, 10
MODEL = "scripted/tokens?n=3000&delay_ms=50"


def run() -> list[Figure]:
    """Of each run that was lost: kill to the first event that its stream carries after it."""
    waits_s: list[float] = []
    with running_stack(OA_LOG_LEVEL="WARNING", OA_SLOTS_PER_OWNER="1000") as stack:
        api = Api.of(stack.state)
        for _ in range(KILLS):
            with tempfile.TemporaryDirectory() as folder:
                waits_s += _kill(stack, api, Path(folder))
    return [
        at_most(
            "takeover",
            "kill to next event, p99",
            percentile(waits_s, 0.99),
            "s",
            25,
            "kill of an executor to the next event of its run, p99",
        ),
        plain("takeover", "the same, p50", percentile(waits_s, 0.5), "s"),
        plain("takeover", "the same, best", min(waits_s), "s"),
        plain("takeover", "runs taken over", len(waits_s), ""),
    ]


def _kill(stack: RunningStack, api: Api, folder: Path) -> list[float]:
    """Runs on the worker that is there; a second one, up before the kill, takes them."""
    victim = stack.pid("worker-runs")
    begun = [begin(api, MODEL) for _ in range(RUNS)]
    for _run_id, _thread_id, reader in begun:
        reader.wait_deltas(3, within_s=60)
    with second(stack, "worker-runs", folder):
        os.kill(victim, signal.SIGKILL)
        killed_s = time.monotonic()
        seen = [len(reader.events) for _run_id, _thread_id, reader in begun]
        waits_s: dict[int, float] = {}
        while len(waits_s) < RUNS:
            assert time.monotonic() - killed_s < 90
            for at, (_run_id, _thread_id, reader) in enumerate(begun):
                if at not in waits_s and _resumed(reader, seen[at]):
                    waits_s[at] = time.monotonic() - killed_s
            time.sleep(0.005)
        for run_id, thread_id, reader in begun:
            api.cancel(run_id, thread_id)
            reader.wait_done(within_s=30)
        eventually(lambda: stack.pid("worker-runs") != victim, within_s=30, what="a successor")
    stack.restart("worker-runs")
    return list(waits_s.values())


def _resumed(reader: Reader, seen: int) -> bool:
    """Whether a step was taken again: an AI SDK reader is told that what it saw is void."""
    return any("data-step-superseded" in event.data for event in reader.events[seen:])

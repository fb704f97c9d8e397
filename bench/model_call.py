"""What an executor adds to a model call: a whole step around a model that answers at once.

From the first statement (the lease) to the last (the answer with the run's end), one run after
another; the model says one token and takes no time for it.
"""

import secrets
import time
from typing import Any

from bench import executing, runs, stack
from bench.harness import Figure, at_most, percentile, plain

CALLS = 400
WARM_UP = 50


def run() -> list[Figure]:
    """One call a run."""
    with stack.running() as state:
        found = executing.apart("bench.model_call", state)
    laps_ms = found["laps_ms"]
    return [
        at_most(
            "model_call",
            "executor around a model call, p50",
            percentile(laps_ms, 0.5),
            "ms",
            8,
            "what an executor adds to a model call, p50",
        ),
        plain("model_call", "the same, p99", percentile(laps_ms, 0.99), "ms"),
        plain("model_call", "CPU of the process per call", found["cpu_s"] / CALLS * 1000, "ms"),
    ]


def work(state: dict[str, Any]) -> dict[str, Any]:
    """The milliseconds of each step after the warm-up, and the CPU seconds of this process."""
    runtime = executing.runtime_with(state, executing.Speaker(1, 0, time.time()))
    db = runs.database(state["database_url"], 1)
    tag = secrets.token_hex(4)
    laps_ms = []
    cpu_s = 0.0
    for number in range(WARM_UP + CALLS):
        run_id = f"call-{tag}-{number}"
        executing.begin(db, run_id)
        began_s, began_cpu_s = time.perf_counter(), time.process_time()
        outcome = runtime.executor.step(run_id)
        assert outcome == "finished", outcome
        if number >= WARM_UP:
            laps_ms.append((time.perf_counter() - began_s) * 1000)
            cpu_s += time.process_time() - began_cpu_s
    return {"laps_ms": laps_ms, "cpu_s": cpu_s}


if __name__ == "__main__":
    executing.answer(work)

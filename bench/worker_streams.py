"""200 runs that stream at once in one process, 20 tokens a second each: from a token to the log.

What a token has waited is the time from when the model says it to the time that the database gives
the event it is in. `tail_latency` measures how long an event takes from there to a reader.
"""

import re
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench import executing, runs, stack
from bench.harness import Figure, at_most, percentile, plain
from tests.support.runs import events_after

RUNS = 200
TOKENS_PER_S = 20
TOKENS = 200
#: Of the tokens of a run, those that come while others begin are not counted.
WARM_UP = 60


def run() -> list[Figure]:
    """The lag of every token after the warm-up."""
    with stack.running() as state:
        found = executing.apart("bench.worker_streams", state)
    lags_ms = found["lags_ms"]
    what = f"{RUNS} runs, {TOKENS_PER_S} tokens/s each"
    cpu_ms = found["cpu_s"] * 1000 / found["tokens"]
    return [
        at_most(
            "worker_streams",
            f"{what}: token to log, p99",
            percentile(lags_ms, 0.99),
            "ms",
            120,
            f"from a token to the log, {what}, in one worker, p99",
        ),
        plain("worker_streams", "the same, p50", percentile(lags_ms, 0.5), "ms"),
        plain("worker_streams", "CPU of the process per token", cpu_ms, "ms"),
    ]


def work(state: dict[str, Any]) -> dict[str, Any]:
    """Stream, then read the log: lags in milliseconds, and the CPU of this process."""
    since_s = time.time()
    runtime = executing.runtime_with(state, executing.Speaker(TOKENS, 1 / TOKENS_PER_S, since_s))
    run_ids = [f"stream-{secrets.token_hex(6)}" for _ in range(RUNS)]
    db = runs.database(state["database_url"], 8)

    def stream(run_id: str) -> None:
        executing.begin(db, run_id)
        outcome = runtime.executor.step(run_id)
        assert outcome == "finished", outcome

    cpu_s = time.process_time()
    with ThreadPoolExecutor(RUNS) as threads:
        for streamed in [threads.submit(stream, run_id) for run_id in run_ids]:
            streamed.result()
    cpu_s = time.process_time() - cpu_s
    lags_ms = [lag for run_id in run_ids for lag in _lags_ms(runtime, run_id, since_s)[WARM_UP:]]
    return {"lags_ms": lags_ms, "cpu_s": cpu_s, "tokens": RUNS * TOKENS}


def _lags_ms(runtime: Any, run_id: str, since_s: float) -> list[float]:
    lags_ms = []
    for event in events_after(runtime.db, run_id, 0):
        if event.type == "text.delta":
            at_ms = (event.occurred_at.timestamp() - since_s) * 1000
            said_ms = re.findall(r"t(\d+)t", event.payload["delta"])
            lags_ms += [at_ms - int(said) for said in said_ms]
    return lags_ms


if __name__ == "__main__":
    executing.answer(work)

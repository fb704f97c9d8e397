"""Run the benchmarks that are named, or all, and write the results."""

import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from bench import (
    append,
    auth,
    breakers,
    cancel,
    ds,
    fan_out,
    first_delta,
    frames,
    harness,
    idle_streams,
    lifecycle,
    log_growth,
    model_call,
    notify_ceiling,
    proxy_lag,
    replay,
    rolling_restart,
    sanitizer,
    start_up,
    tail_latency,
    takeover,
    tools,
    worker_streams,
)
from bench.harness import Figure
from bench.outcome import Results

#: In the order in which the README shows them.
BENCHES: dict[str, Callable[[], list[Figure]]] = {
    "first_delta": first_delta.run,
    "tail_latency": tail_latency.run,
    "fan_out": fan_out.run,
    "idle_streams": idle_streams.run,
    "replay": replay.run,
    "append": append.run,
    "log_growth": log_growth.run,
    "notify_ceiling": notify_ceiling.run,
    "worker_streams": worker_streams.run,
    "lifecycle": lifecycle.run,
    "model_call": model_call.run,
    "frames": frames.run,
    "auth": auth.run,
    "proxy_lag": proxy_lag.run,
    "cancel": cancel.run,
    "takeover": takeover.run,
    "tools": tools.run,
    "rolling_restart": rolling_restart.run,
    "breakers": breakers.run,
    "sanitizer": sanitizer.run,
    "ds": ds.run,
    "start_up": start_up.run,
}
#: A bench that takes longer has failed; the one that fills a log may take its time.
LIMIT_S, LIMITS_S = 180, {"log_growth": 480}


class Overtime(Exception):
    """A bench has taken longer than any should."""


def main(names: list[str]) -> int:
    """0 when all ran, whatever they measured; 1 when some did not; 2 when one is unknown."""
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; known: {', '.join(BENCHES)}")
        return 2
    facts = harness.machine()
    print(", ".join(f"{name} {value}" for name, value in facts.items()))
    results = Results(tuple(BENCHES), facts)
    failed = [name for name in names or BENCHES if not measured(name, BENCHES[name], results)]
    print(f"written to {results.path.relative_to(results.path.parents[2])}; `make docs` shows them")
    if failed:
        print(f"FAILED: {', '.join(failed)}")
    return 1 if failed else 0


def measured(name: str, bench: Callable[[], list[Figure]], results: Results) -> bool:
    """Run one bench, print and keep what it found; whether it came through."""
    print(f"{name}:", flush=True)
    began_s = time.monotonic()
    try:
        with _limited(LIMITS_S.get(name, LIMIT_S)):
            figures = bench()
    except Exception as error:  # noqa: BLE001 - the others are none the worse for it
        traceback.print_exc()
        results.tell_failed(name, type(error).__name__)
        return False
    took_s = time.monotonic() - began_s
    harness.show(figures)
    print(f"  ({took_s:.0f} s)", flush=True)
    results.tell(name, figures, took_s)
    return True


@contextmanager
def _limited(seconds: int) -> Iterator[None]:
    def over(_signal: int, _frame: FrameType | None) -> None:
        raise Overtime(f"not done after {seconds} s")

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Run the benchmarks that are named, or all, and write the results."""

import sys
from collections.abc import Callable

from bench import (
    append,
    auth,
    breakers,
    cancel,
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
    worker_streams,
)
from bench.harness import Figure

BENCHES: dict[str, Callable[[], list[Figure]]] = {
    "append": append.run,
    "auth": auth.run,
    "lifecycle": lifecycle.run,
    "worker_streams": worker_streams.run,
    "model_call": model_call.run,
    "frames": frames.run,
    "first_delta": first_delta.run,
    "tail_latency": tail_latency.run,
    "replay": replay.run,
    "log_growth": log_growth.run,
    "proxy_lag": proxy_lag.run,
    "fan_out": fan_out.run,
    "idle_streams": idle_streams.run,
    "notify_ceiling": notify_ceiling.run,
    "sanitizer": sanitizer.run,
    "cancel": cancel.run,
    "takeover": takeover.run,
    "rolling_restart": rolling_restart.run,
    "breakers": breakers.run,
    "start_up": start_up.run,
}


def main(names: list[str]) -> int:
    """Exit code 0 when all ran, whatever they measured."""
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; known: {', '.join(BENCHES)}")
        return 2
    facts = harness.machine()
    print(", ".join(f"{name} {value}" for name, value in facts.items()))
    figures: list[Figure] = []
    for name in names or BENCHES:
        print(f"{name}:")
        measured = BENCHES[name]()
        harness.show(measured)
        figures += measured
    print(f"written to {harness.save(figures, facts).relative_to(harness.RESULTS.parents[1])}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

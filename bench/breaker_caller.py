"""A process that makes calls on one breaker at a steady rate.

`python -m bench.breaker_caller URL KEY CALLS_PER_S SECONDS` says when it is ready, begins at a line
of input, and prints how many calls it has made.
"""

import sys
import time

from bench import runs
from runtime_app.clock import SystemClock
from runtime_app.resilience.breaker import BreakerPolicy
from runtime_app.resilience.breakers import Breakers

_EVERY_S = 0.01
_POLICY = BreakerPolicy()


def main(url: str, key: str, calls_per_s: int, seconds: float) -> None:
    """Admit and settle so many healthy calls a second."""
    breakers = Breakers(runs.database(url, 2), SystemClock())
    breakers.start()
    breakers.admit(key, 60, _POLICY)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    made, began_s = 0, time.monotonic()
    while (passed_s := time.monotonic() - began_s) < seconds:
        while made < passed_s * calls_per_s:
            admission, _ = breakers.admit(key, 60, _POLICY)
            breakers.settle(admission, "ok")
            made += 1
        time.sleep(_EVERY_S)
    breakers.stop()
    sys.stdout.write(f"{made}\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))

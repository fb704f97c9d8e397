"""Callers of a half-open provider, in a process of their own.

`python -m tests.support.probers URL CALLERS` reads a key per round from its input, lets all callers
ask for an admission at once, and prints what they were told and how long it took.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from random import Random

from runtime_app.clock import SystemClock
from runtime_app.db.database import Database
from runtime_app.db.settings import DatabaseSettings
from runtime_app.dispatch.dispatcher import NoDispatcher
from runtime_app.resilience.breaker import BreakerPolicy
from runtime_app.resilience.breakers import Breakers
from runtime_app.resilience.store import Refused
from tests.support.sanitizer import SANITIZER

POLICY = BreakerPolicy()


def main(url: str, callers: int) -> None:
    """Answer every line on stdin (a key) with one on stdout."""
    db = Database(DatabaseSettings(url, url, pool_size=13), NoDispatcher(), SANITIZER)
    breakers = Breakers(db, SystemClock(), Random(1))

    def ask(key: str) -> str:
        try:
            admission, _ = breakers.admit(key, 60.0, POLICY)
        except Refused:
            return "refused"
        return "call" if admission.permit is None else "probe"

    with ThreadPoolExecutor(callers) as pool:
        list(pool.map(ask, ["warm|chat"] * callers))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        for line in sys.stdin:
            began_s = time.monotonic()
            told = list(pool.map(ask, [line.strip()] * callers))
            took_s = time.monotonic() - began_s
            sys.stdout.write(json.dumps({"told": told, "took_s": took_s}) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

"""Every log that a stack of the test run has written replays frozen, without a difference.

The shared stack is looked at when the test run ends, a stack of a test's own when it stops. A test
that fills a log by hand or tampers with one says so: `forged(run_id)`.
"""

import fcntl
import os
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from runtime_app.db.database import Database
from runtime_app.db.settings import DatabaseSettings
from runtime_app.dispatch.dispatcher import NoDispatcher
from runtime_app.replay.frozen import Verdict, replay
from runtime_app.replay.sources import stored
from runtime_app.sanitizer import PseudonymKeys, Sanitizer

_HOME = "OA_TEST_HOME"


@dataclass(frozen=True)
class Replayed:
    """How many runs were replayed, in what time, and those that came out otherwise."""

    runs: int
    events: int
    took_s: float
    diverged: tuple[Verdict, ...]

    def __str__(self) -> str:
        found = "".join(f"\n  run {each.run_id}: {each.divergence}" for each in self.diverged)
        counted = f"{self.runs} runs, {self.events} events, {self.took_s:.1f} s"
        return f"frozen replay: {counted}: {len(self.diverged)} diverge{found}"


def forged(run_id: str) -> str:
    """Say that the product did not write all of this run's log; the id again."""
    with _register().open("a") as register:
        fcntl.flock(register, fcntl.LOCK_EX)
        register.write(f"{run_id}\n")
    return run_id


def replay_all(state: dict[str, Any]) -> Replayed:
    """Replay every run of the stack with this `stack.json`, but for those that were forged."""
    began_s = time.monotonic()
    register = _register()
    left_out = set(register.read_text().split()) if register.exists() else set()
    url = state["database_url"]
    sanitizer = Sanitizer(PseudonymKeys.parse(state["sanitizer_keys"]), _failed)
    with closing(Database(DatabaseSettings(url, url), NoDispatcher(), sanitizer)) as db:
        verdicts = [
            replay(run_id, stored(db, run_id).events, sanitizer)
            for run_id in _runs(state)
            if run_id not in left_out
        ]
    return Replayed(
        len(verdicts),
        sum(verdict.to_seq for verdict in verdicts),
        time.monotonic() - began_s,
        tuple(verdict for verdict in verdicts if verdict.divergence is not None),
    )


def _runs(state: dict[str, Any]) -> list[str]:
    with closing(psycopg2.connect(state["owner_database_url"])) as owner:
        with owner.cursor() as cursor:
            cursor.execute("select run_id from runtime.runs order by created_at")
            return [run_id for (run_id,) in cursor.fetchall()]


def _register() -> Path:
    """Beside the shared stack, for all processes of the test run; a bench has none."""
    return Path(os.environ.get(_HOME, os.devnull)) / "forged-runs"


def _failed(profile: str) -> None:
    raise AssertionError(f"the sanitizer failed (profile {profile})")

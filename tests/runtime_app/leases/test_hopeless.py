"""A run that kills whoever takes it is ended from its rows alone."""

import signal
import subprocess
import sys

from runtime_app.db.database import Database
from runtime_app.events import log
from runtime_app.leases.lease import HOPELESS
from runtime_app.maintenance.janitor import recover_runs
from runtime_app.replay.frozen import replay
from runtime_app.runs import store
from tests.support.dispatcher import RecordingDispatcher
from tests.support.executors import executor
from tests.support.postgres import Session
from tests.support.runs import SLOTS, acquire, fresh_run, post
from tests.support.stack import PROJECT, eventually

#: An executor that takes the run, and gets no further than that.
_POISONED = """
import sys
from tests.support.dispatcher import RecordingDispatcher
from tests.support.runs import granted
from tests.support.sanitizer import SANITIZER
from runtime_app.db.database import Database
from runtime_app.db.settings import DatabaseSettings
url, run_id = sys.argv[1:]
db = Database(DatabaseSettings(url, url), RecordingDispatcher(), SANITIZER)
granted(db, run_id, "poisoned", ttl_s=0.2)
print("held", flush=True)
sys.stdin.read()
"""


def die_over(url: str, run_id: str) -> None:
    """Take the run in a process of its own, and be killed."""
    command = [sys.executable, "-c", _POISONED, url, run_id]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=PROJECT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL


def test_a_run_that_no_executor_survives_ends_with_its_sixth_loss(
    db: Database, recorder: RecordingDispatcher, owner: Session, app_url: str
):
    run_id = fresh_run(db, model="scripted/tools?calls=2&parallel=1")
    post(db, run_id, "f1")
    with executor(db, recorder) as steps:
        assert steps.step(run_id) == "parked: tools"
    for n in range(HOPELESS):
        assert log.head(db, run_id).closed_seq is None  # type: ignore[union-attr]
        die_over(app_url, run_id)
        eventually(lambda: recover_runs(db, SLOTS) == 1, what=f"loss {n + 1} is declared")
        owner.run("update runtime.run_leases set expires_at = clock_timestamp()")

    events = list(log.read_for_fold(db, run_id))
    asked = [e.payload["tool_call_id"] for e in events if e.type == "tool.call"]
    lost, *results, finished = events[-4:]
    assert lost.type == "run.executor_lost"
    assert [each.payload["tool_call_id"] for each in results] == asked
    assert {each.payload["status"] for each in results} == {"canceled"}
    assert finished.payload["reason_class"] == "executor_recovery_exhausted"
    assert "lost 6 times" in finished.payload["reason"]
    assert [e.type for e in events].count("run.finished") == 1
    run = store.get(db, run_id)
    assert run is not None
    assert (run.status, run.terminal_reason) == ("failed", finished.payload["reason"])
    assert acquire(db, run_id).outcome == "closed"
    states = owner.rows("select state from runtime.tool_tasks where run_id = %(id)s", id=run_id)
    assert states == [("canceled",)] * 2
    for table in ("slots", "run_leases"):
        assert owner.value(f"select count(*) from runtime.{table}") == 0
    assert replay(run_id, iter(events)).divergence is None

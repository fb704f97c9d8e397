"""What workers are scaled by: runs and tool tasks that want one, asked with rights to read."""

from collections.abc import Iterator

import pytest

from runtime_app.db.database import Database
from runtime_app.leases import store as leases
from runtime_app.tools import store as tools
from runtime_app.tools.task import NewTask
from tests.support.chart import FOLDER
from tests.support.postgres import Session, session
from tests.support.runs import ended_run, fresh_run, granted, post


@pytest.fixture
def scaler(database_url: str) -> Iterator[Session]:
    """What KEDA's login may do."""
    with session(database_url) as scaler:
        scaler.run("set role oa_read")
        scaler.run("set default_transaction_read_only = on")
        yield scaler


def wanted(scaler: Session, work: str) -> int:
    """The one number that the query gives."""
    ((count,),) = scaler.rows((FOLDER / "queries" / f"{work}.sql").read_text("utf-8"))
    return int(count)


def test_a_run_wants_a_worker_until_it_is_parked_or_ended(db: Database, scaler: Session) -> None:
    assert wanted(scaler, "runs") == 0
    run_id = fresh_run(db)
    assert wanted(scaler, "runs") == 1
    lease = granted(db, run_id)
    assert wanted(scaler, "runs") == 1  # its worker may not be taken away
    assert leases.park(db, lease, 1) == "parked"
    assert wanted(scaler, "runs") == 0
    post(db, run_id, "f1")
    assert wanted(scaler, "runs") == 1
    ended_run(db)
    assert wanted(scaler, "runs") == 1


def test_a_run_whose_worker_died_wants_another(db: Database, scaler: Session) -> None:
    granted(db, fresh_run(db), ttl_s=0)
    assert wanted(scaler, "runs") == 1


def test_a_tool_task_wants_a_worker_until_it_has_ended(db: Database, scaler: Session) -> None:
    assert wanted(scaler, "tools") == 0
    with db.transaction() as tx:
        tools.enqueue(tx, NewTask("t1", fresh_run(db), "calc", {}, 5))
    assert wanted(scaler, "tools") == 1
    assert tools.claim(db, "t1", "one")
    assert wanted(scaler, "tools") == 1

"""A tool with a rate is called so often and no more, whoever calls it; on a real server."""

from concurrent.futures import ThreadPoolExecutor

from runtime_app.clock import SystemClock
from runtime_app.db.database import Database
from runtime_app.tools import rates, store
from runtime_app.tools.registry import Registry
from runtime_app.tools.runner import ToolRunner
from runtime_app.tools.spec import Rate, Tool, ToolSpec
from runtime_app.tools.task import NewTask
from tests.support.postgres import Session, session
from tests.support.runs import events_after, fresh_run

RATE = Rate("probe", 3, 3_600)


def test_callers_at_once_get_no_more_than_there_is(db: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _n: rates.taken(db, RATE), range(8)))
    assert waits.count(None) == RATE.calls
    assert all(3_500 < wait_s <= 3_600 for wait_s in waits if wait_s is not None)


def test_a_window_that_is_over_begins_anew_and_others_are_not_counted(
    db: Database, database_url: str
) -> None:
    assert [rates.taken(db, RATE) is None for _ in range(4)] == [True] * 3 + [False]
    assert rates.taken(db, Rate("other", 1, 60)) is None
    with session(database_url) as owner:
        _age(owner)
    assert [rates.taken(db, RATE) is None for _ in range(4)] == [True] * 3 + [False]


def _age(owner: Session) -> None:
    owner.run("update runtime.tool_rates set window_at = window_at - interval '2 hours'")


def test_a_call_beyond_the_rate_fails_and_says_when_to_come_again(db: Database) -> None:
    run_id = fresh_run(db)
    spec = ToolSpec("probe", "For tests.", {"type": "object"}, rate=Rate("probe", 1, 3_600))
    runner = ToolRunner(
        db, Registry([Tool(spec, lambda _arguments, _context: 1)]), SystemClock(), "w"
    )
    for call_id in ("call_1", "call_2"):
        with db.transaction() as tx:
            store.enqueue(tx, NewTask(call_id, run_id, "probe", {}, 5))
    assert [runner.execute(call_id) for call_id in ("call_1", "call_2")] == ["succeeded", "failed"]
    error = events_after(db, run_id, 0)[-1].payload["error"]
    assert error.startswith("it is called too often; try again in 36")

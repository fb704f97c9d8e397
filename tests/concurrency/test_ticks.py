"""Many bring the same tick at the same instant: one gets it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from runtime_app.db.database import Database
from runtime_app.maintenance.ticks import Answer, Tick, claim
from tests.support.postgres import PATIENCE_S, Session, session, until_blocked

TICKS = range(100, 2000, 100)


def test_one_of_many_claims_a_tick(db: Database, threads: ThreadPoolExecutor):
    for tick_s in TICKS:
        together = Barrier(8)

        def bring(_n: int, tick_s: int = tick_s, together: Barrier = together) -> Answer:
            together.wait(PATIENCE_S)
            return claim(db, Tick("maintenance.test", tick_s, 100, 0))

        answers = list(threads.map(bring, range(8)))
        assert answers.count(Answer.CLAIMED) == 1, answers


def test_a_second_waits_for_the_first_and_gets_nothing(
    db: Database, owner: Session, threads: ThreadPoolExecutor, database_url: str
):
    tick = Tick("maintenance.test", 200, 100, 10)
    assert claim(db, Tick("maintenance.test", 100, 100, 0)) is Answer.CLAIMED
    with session(database_url, autocommit=False) as first:
        first.run(
            "update runtime.beat_jobs set last_tick_s = 200,"
            " running_until = now() + interval '1 minute'"
        )
        second = threads.submit(claim, db, tick)
        until_blocked(owner)
        first.commit()

    assert second.result(PATIENCE_S) is not Answer.CLAIMED

"""The writer beside others of its kind, before foreign rows, and in front of a damaged log."""

import threading

from runtime_app.db.database import Database
from runtime_app.events.event import NewEvent
from runtime_app.projections.rebuild import rebuild
from runtime_app.projections.reconciler import reconcile
from runtime_app.projections.writer import SQL, project
from tests.support.api import fresh
from tests.support.postgres import Session
from tests.support.runs import append, finish, fresh_run, granted


def told(db: Database, texts: int = 5) -> str:
    """A run with a turn of many texts, which goes on."""
    run_id = fresh_run(db, thread_id=fresh("t"))
    append(
        db,
        run_id,
        NewEvent("message.user", {"frame_id": "f1", "turn": 1, "text": "hello"}),
        NewEvent("run.started", {"message_id": f"msg_{run_id}_1", "code_version": "test"}),
        NewEvent("step.started", {"step": 1, "attempt": 1, "turn": 1, "code_version": "test"}),
        *(NewEvent("text.ended", {"part_id": f"p{n}", "text": f"t{n} "}) for n in range(texts)),
    )
    return run_id


def same(db: Database, run_id: str) -> bool:
    return rebuild(db, run_id, dry_run=True).kind == "none"


def test_eight_projectors_at_once_write_each_row_once(db: Database):
    run_id = told(db, 200)
    gate = threading.Barrier(8)
    applied: list[int] = []

    def one() -> None:
        gate.wait()
        applied.append(project(db, run_id))

    crowd = [threading.Thread(target=one) for _ in range(8)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()

    assert sum(applied) == db.one(SQL["watermark"], run_id=run_id).last_seq == 204
    assert same(db, run_id)


def test_what_a_superseded_attempt_said_is_not_in_the_message(db: Database, owner: Session):
    run_id = told(db, 2)
    project(db, run_id)
    append(
        db,
        run_id,
        NewEvent("step.superseded", {"step": 1, "attempt": 1, "shown": True}),
        NewEvent("step.started", {"step": 1, "attempt": 2, "turn": 1, "code_version": "test"}),
        NewEvent("text.ended", {"part_id": "p9", "text": "again"}),
        NewEvent("step.finished", {"step": 1, "attempt": 2, "finish_reason": "stop"}),
    )
    project(db, run_id)

    content = owner.value(
        "select content from runtime.projected_messages where run_id = %(id)s"
        " and role = 'assistant'",
        id=run_id,
    )
    assert content == "again"
    assert same(db, run_id)


def test_a_foreign_row_is_left_alone_and_the_run_is_dead(db: Database, owner: Session):
    run_id = told(db)
    owner.run(
        "insert into runtime.projected_runs (id, thread_id, user_id, status, created_at,"
        " updated_at) values (%(id)s, 't', 1, 'theirs', now(), now())",
        id=run_id,
    )

    assert project(db, run_id) == 0

    mark = db.one(SQL["watermark"], run_id=run_id)
    status = owner.value("select status from runtime.projected_runs where id = %(id)s", id=run_id)
    assert (mark.status, mark.last_seq, status) == ("dead", 0, "theirs")
    assert run_id in [row.run_id for row in db.all(SQL["dead"], limit=1000)]
    owner.run("delete from runtime.projected_runs where id = %(id)s", id=run_id)
    rebuild(db, run_id)
    assert same(db, run_id)
    assert db.one(SQL["watermark"], run_id=run_id).status == "live"


def test_a_hole_in_the_log_stops_its_run_alone(db: Database, owner: Session):
    run_id, other = told(db), told(db)
    owner.run(
        "alter table runtime.run_events disable trigger user;"
        " delete from runtime.run_events where run_id = %(id)s and seq = 4;"
        " alter table runtime.run_events enable trigger user",
        id=run_id,
    )

    project(db, run_id)
    project(db, other)

    mark = db.one(SQL["watermark"], run_id=run_id)
    assert (mark.status, mark.last_seq) == ("dead", 0)
    assert same(db, other)


def test_the_sums_show_a_row_that_is_gone(db: Database, owner: Session):
    run_id = told(db)
    finish(db, granted(db, run_id))
    project(db, run_id)
    owner.run("delete from runtime.projected_messages where run_id = %(id)s", id=run_id)

    reconcile(db, limit=100_000, sample=0)

    assert same(db, run_id)
    [(kind, verified)] = owner.rows(
        "select kind, verified from runtime.projection_audits where run_id = %(id)s", id=run_id
    )
    assert (kind, verified) == ("missing_row", True)

"""The gauges say what the rows say, and find it by an index."""

import json
from dataclasses import replace
from typing import Any

import pytest

from runtime_app.db.database import Database
from runtime_app.db.sql import Query
from runtime_app.dispatch.jobs import PruneNonces, RecoverRuns
from runtime_app.gauges import rows
from runtime_app.leases import store as leases
from runtime_app.leases.loss import declare_lost
from runtime_app.maintenance.ticks import Answer, Tick, claim, once
from runtime_app.observability.gauges import GAUGES
from runtime_app.runs.status import RUN
from runtime_app.tools import store as tools
from runtime_app.tools.task import NewTask
from tests.support.postgres import Session
from tests.support.runs import SLOTS, ended_run, finish, fresh_run, granted, post

MANY = 10_000


def depth(db: Database, queue: str) -> float:
    return rows.read(db)["queue_depth"][queue,]


def test_every_gauge_of_the_table_is_read_with_the_labels_of_its_row(db: Database):
    reading = rows.read(db)
    of_rows = [gauge for gauge in GAUGES if gauge.name != "worker_deaf_seconds"]
    assert reading.keys() == {gauge.name for gauge in of_rows}
    for gauge in of_rows:
        for key in reading[gauge.name]:
            assert len(key) == len(gauge.labels)
            assert all(
                label.registry or each in label.values
                for each, label in zip(key, gauge.labels, strict=True)
            )


def test_a_periodic_job_has_the_moment_of_its_last_success(db: Database, owner: Session):
    now_s = int(owner.value("select extract(epoch from now())"))
    gauge = "beat_last_success_timestamp_seconds"
    assert rows.read(db)[gauge] == {}
    tick = Tick(RecoverRuns.kind, now_s, 5, 10)
    assert once(db, tick, lambda: True)
    assert claim(db, replace(tick, job=PruneNonces.kind)) is Answer.CLAIMED
    with pytest.raises(ZeroDivisionError):
        once(db, replace(tick, tick_s=now_s + 5), lambda: 1 // 0)
    once(db, replace(tick, job="maintenance.of_an_earlier_release"), lambda: True)

    found = rows.read(db)[gauge]
    assert found.keys() == {(RecoverRuns.kind,), (PruneNonces.kind,)}
    assert found[RecoverRuns.kind,] == pytest.approx(now_s, abs=60)
    assert found[PruneNonces.kind,] == 0


def test_what_there_is_none_of_is_nothing(db: Database):
    ended_run(db)
    reading = rows.read(db)
    assert reading["runs_live"] == dict.fromkeys(((status,) for status in rows.LIVE), 0.0)
    assert reading["queue_depth"] == {("runs",): 0.0, ("tools",): 0.0}
    assert reading["work_oldest_seconds"] == {(): 0.0}
    assert 0 <= reading["notify_queue_ratio"][()] < 1
    assert set(rows.LIVE) | RUN.terminal == set(RUN.states)


def test_a_run_counts_as_waiting_while_it_has_something_to_do_and_nobody_holds_it(db: Database):
    run_id = fresh_run(db)
    post(db, run_id, "f-1")
    assert rows.read(db)["runs_live"]["accepted",] == 1
    assert depth(db, "runs") == 1
    lease = granted(db, run_id)
    assert depth(db, "runs") == 0
    assert leases.park(db, lease, 1) == "moved"
    assert leases.park(db, lease, 2) == "parked"
    assert depth(db, "runs") == 0
    post(db, run_id, "f-2")
    assert depth(db, "runs") == 1
    finish(db, granted(db, run_id))
    assert depth(db, "runs") == 0


def test_a_run_waits_since_its_last_event_or_since_the_end_of_its_lease(
    db: Database, owner: Session
):
    """Of an executor that was lost, the pause that follows is no waiting."""
    run_id = fresh_run(db)
    owner.run("update runtime.run_events set occurred_at = now() - interval '1 hour'")
    assert 3600 <= rows.read(db)["work_oldest_seconds"][()] < 3660
    granted(db, run_id, ttl_s=0)
    assert 0 <= rows.read(db)["queue_oldest_seconds"]["runs",] < 60
    for _ in range(2):
        with db.transaction() as tx:
            assert declare_lost(tx, run_id, SLOTS)
        owner.run("update runtime.run_leases set owner = 'one', expires_at = now()")
    with db.transaction() as tx:
        assert declare_lost(tx, run_id, SLOTS)
    assert depth(db, "runs") == 0


def test_a_run_that_was_given_its_slots_waits_for_an_executor(db: Database, owner: Session):
    run_id = fresh_run(db)
    assert leases.park(db, granted(db, run_id), 1) == "parked"
    line = (
        "insert into runtime.slot_line (run_id, owner, keys, since, turn_at, granted_at)"
        " values (%(run_id)s, 'user:42', '{}', now(), now(), null)"
    )
    owner.run(line, run_id=run_id)
    assert depth(db, "runs") == 0
    owner.run("update runtime.slot_line set granted_at = now() - interval '30 seconds'")
    assert depth(db, "runs") == 1
    assert 30 <= rows.read(db)["queue_oldest_seconds"]["runs",] < 90


def test_a_task_waits_until_it_is_claimed(db: Database, owner: Session):
    run_id = fresh_run(db)
    with db.transaction() as tx:
        for name in ("one", "two"):
            tools.enqueue(tx, NewTask(name, run_id, "calc", {}, 5))
    owner.run("update runtime.tool_tasks set updated_at = now() - interval '20 seconds'")
    assert depth(db, "tools") == 2
    assert 20 <= rows.read(db)["queue_oldest_seconds"]["tools",] < 80
    assert tools.claim(db, "one", "w") is not None
    assert depth(db, "tools") == 1


@pytest.fixture
def crowded(owner: Session) -> Session:
    """10,000 runs that have ended, and 10,000 that wait for an executor; as many tasks."""
    for statement in (
        """
        insert into runtime.threads (thread_id, owner)
        select 'thread-' || n, 'user:42' from generate_series(0, 999) n""",
        f"""
        insert into runtime.runs (run_id, thread_id, owner_user_id, mode, status, terminal_at,
                                  terminal_reason_class, model, caps, content_hash, code_version)
        select 'run-' || n, 'thread-' || n % 1000, 42, 'turn',
               case when n > {MANY} then 'completed' else 'running' end,
               case when n > {MANY} then now() end,
               case when n > {MANY} then 'completed' end, 'scripted/echo', '{{}}', 'c', 'test'
          from generate_series(1, {MANY} * 2) n""",
        """
        insert into runtime.run_heads (run_id, seq, parked_seq)
        select run_id, 3, case status when 'running' then 2 else 3 end from runtime.runs""",
        """
        insert into runtime.run_events (run_id, seq, event_type, event_version, event_class,
                                        payload, payload_hash, prev_hash, event_hash, occurred_at,
                                        epoch)
        select run_id, seq, 'text.delta', 1, 'delta', '{}', '', '', '', now(), 1
          from runtime.runs, generate_series(1, 3) seq""",
        """
        insert into runtime.tool_tasks (tool_call_id, run_id, tool_name, input, state, timeout_s,
                                        deadline)
        select 'call-' || run_id, run_id, 'calc', '{}',
               case status when 'running' then 'queued' else 'succeeded' end, 5,
               case status when 'running' then null else now() end
          from runtime.runs""",
        "vacuum analyze",
    ):
        owner.run(statement)
    return owner


def plan(owner: Session, query: Query) -> list[dict[str, Any]]:
    """The nodes of what was done for `query`."""
    found = owner.value(f"explain (analyze, format json) {query.text}")
    whole = (found if isinstance(found, list) else json.loads(found))[0]
    nodes: list[dict[str, Any]] = []
    pending = [whole["Plan"]]
    while pending:
        node = pending.pop()
        nodes.append(node)
        pending += node.get("Plans", ())
    return [{"ms": whole["Execution Time"]}, *nodes]


def test_of_many_rows_none_is_read_that_does_not_wait(db: Database, crowded: Session):
    assert depth(db, "runs") == depth(db, "tools") == MANY
    indexes = {
        "live_runs": "runs_live",
        "runs_without_executor": "runs_live",
        "tasks_without_worker": "tool_tasks_open",
        "quarantine_waiting": "runs_given_up",
    }
    for name, index in indexes.items():
        done, *nodes = plan(crowded, rows.SQL[name])
        whole = {n.get("Relation Name") for n in nodes if n["Node Type"] == "Seq Scan"}
        assert not whole & {"runs", "tool_tasks"}, (name, nodes)
        assert any(node.get("Index Name", "").startswith(index) for node in nodes), (name, nodes)
        # 50 ms is the rule, on a machine that has nothing else to do.
        assert done["ms"] < rows.LIMIT_MS, name


def test_a_statement_that_takes_too_long_is_no_reading(db: Database):
    with db.reading() as tx:
        tx.one(rows.SQL["set_time_limit"], limit_ms=rows.LIMIT_MS)
        shown = tx.one(Query("show", "one", "show statement_timeout"))
    assert shown.statement_timeout == f"{rows.LIMIT_MS}ms"
    assert db.one(Query("show", "one", "show statement_timeout")).statement_timeout == "10s"

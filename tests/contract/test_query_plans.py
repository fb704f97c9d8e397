"""The statements that run all the time find their rows by an index, on tables with many rows."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from runtime_app.db.sql import Queries, Query, beside
from runtime_app.events import log, pruning
from runtime_app.frames import inbox
from runtime_app.leases import store as leases
from runtime_app.maintenance import sweep
from runtime_app.runs import store as runs
from runtime_app.security import nonces
from runtime_app.tools import store as tools
from tests.support.postgres import Session, session

RUN = "run-00777"

# Of 20,000 runs a few live; of their leases a few have expired; of 20,000 tasks a few are open.
_FILL = (
    """
    insert into runtime.threads (thread_id, owner)
    select 'thread-' || n, 'user:42' from generate_series(0, 1999) n""",
    """
    insert into runtime.runs (run_id, thread_id, owner_user_id, mode, status, terminal_at,
                              terminal_reason_class, model, caps, content_hash, code_version,
                              created_at)
    select to_char(n, '"run-"FM00000'), 'thread-' || n % 2000, 42, 'turn',
           case when live then 'running' else 'completed' end,
           case when live then null else now() end, case when live then null else 'completed' end,
           'scripted/echo', '{}', 'c', 'test', now() - n * interval '1 second'
      from (select n, n % 100 = 77 as live from generate_series(1, 20000) n) as numbers""",
    """
    insert into runtime.run_heads (run_id, seq, parked_seq)
    select run_id, 3, case status when 'running' then 2 else 3 end from runtime.runs""",
    """
    insert into runtime.run_events (run_id, seq, event_type, event_version, event_class, payload,
                                    payload_hash, prev_hash, event_hash, occurred_at, epoch)
    select run_id, seq, 'text.delta', 1, 'delta', '{}', '', '', '', now(), 1
      from runtime.runs, generate_series(1, 3) seq""",
    """
    insert into runtime.frames (run_id, frame_id, frame_type, content_hash, seq)
    select run_id, 'f' || n, 'user_message', 'c', n + 1
      from runtime.runs, generate_series(1, 3) n""",
    """
    insert into runtime.run_leases (run_id, owner, epoch, expires_at, code_version)
    select run_id, 'one', 1,
           now() + case when run_id < 'run-00100' then -1 else 1 end * interval '1 hour', 'test'
      from runtime.runs where run_id < 'run-10000'""",
    """
    insert into runtime.tool_tasks (tool_call_id, run_id, tool_name, input, state, timeout_s,
                                    deadline, created_at, updated_at)
    select 'call-' || run_id, run_id, 'calc', '{}',
           case when status = 'completed' then 'succeeded' when run_id < 'run-10000' then 'running'
                else 'queued' end,
           5, case when status = 'completed' or run_id < 'run-10000' then now() end,
           created_at, created_at
      from runtime.runs""",
    """
    insert into runtime.auth_nonces
    select 'n' || n, now() + (n - 100) * interval '1 minute' from generate_series(1, 20000) n""",
    "vacuum analyze",
)

_PRUNING = beside(pruning.__file__, "pruning.sql")
_TOOLS = beside(tools.__file__)
_FRAMES = beside(inbox.__file__)
_RUNS = beside(runs.__file__)
_NONCES = beside(nonces.__file__, "nonces.sql")

# The statement, its parameters, and the index (a pattern) whose *condition* finds the rows.
AT_WORK = {"tool_call_id": f"call-{RUN}", "attempt": 1, "at_work": ["running"]}
CASES: list[tuple[Queries, str, dict[str, Any], str]] = [
    (log.SQL, "get_head", {"run_id": RUN}, "run_heads_pkey"),
    (log.SQL, "lock_head", {"run_id": RUN}, "run_heads_pkey"),
    (
        log.SQL,
        "read_page",
        {"run_id": RUN, "after": 1, "until": 201, "limit_bytes": 131_072},
        "run_events_p.._pkey",
    ),
    (
        log.SQL,
        "read_for_fold",
        {"run_id": RUN, "after": 0, "until": 2000, "limit_bytes": 1_048_576},
        "run_events_p.._pkey",
    ),
    (
        log.SQL,
        "read_links",
        {"run_id": RUN, "after": 1, "until": 1001, "limit_bytes": 1_048_576},
        "run_events_p.._pkey",
    ),
    (_PRUNING, "raise_floor", {"run_id": RUN}, "run_events_p.._pkey"),
    (
        _PRUNING,
        "prunable_keys",
        {"run_id": RUN, "after": 1, "event_class": "delta", "until": 1001},
        "run_events_p.._pkey",
    ),
    (_PRUNING, "count_prunable", {"run_id": RUN, "event_class": "delta"}, "run_events_p.._pkey"),
    (
        sweep.SQL,
        "ended_before",
        {"age_s": 86_400, "ended_at": "-infinity", "run_id": "", "limit": 200},
        "runs_ended",
    ),
    (_RUNS, "get_run", {"run_id": RUN}, "runs_pkey"),
    (_RUNS, "lock_run", {"run_id": RUN}, "runs_pkey"),
    (_RUNS, "runs_of_thread", {"thread_id": "thread-7", "limit": 50}, "runs_thread"),
    (_FRAMES, "get_frame", {"run_id": RUN, "frame_id": "f1"}, "frames_pkey"),
    (leases.SQL, "lock_lease", {"run_id": RUN}, "run_leases_pkey"),
    (leases.SQL, "release_lease", {"run_id": RUN, "epoch": 1}, "run_leases_pkey"),
    (leases.SQL, "expired_leases", {"limit": 200}, "run_leases_expiry"),
    (leases.SQL, "count_losses", {"run_id": RUN}, "run_events_p.._pkey"),
    (
        _TOOLS,
        "claim_task",
        {
            "tool_call_id": f"call-{RUN}",
            "worker": "w",
            "code_version": "v",
            "names": ["calc"],
            "token": "t",
        },
        "tool_tasks_pkey",
    ),
    (_TOOLS, "beat_task", AT_WORK, "tool_tasks_pkey"),
    (_TOOLS, "look_at_task", AT_WORK, "tool_tasks_pkey"),
    (_NONCES, "prune", {}, "auth_nonces_expiry"),
]
KNOWN = {"limit": 200, "names": ["calc"], "unknown_s": 900}
# These walk a partial index, which holds nothing but what is open, in its order.
WALKS: list[tuple[Queries, str, dict[str, Any], str]] = [
    (sweep.SQL, "unread_heads", {"limit": 500}, "runs_live"),
    (
        _TOOLS,
        "overdue_tasks",
        {**KNOWN, "grace_s": 5, "silent_s": 20, "client": "client"},
        "tool_tasks_open",
    ),
    (_TOOLS, "forsaken_tasks", KNOWN, "tool_tasks_open"),
    (_TOOLS, "expired_tasks", {"limit": 200, "client": "client"}, "tool_tasks_open"),
    (_TOOLS, "waiting_tasks", {"age_s": 2.0, "limit": 500}, "tool_tasks_open"),
]


@pytest.fixture
def filled(database_url: str) -> Iterator[Session]:
    with session(database_url) as owner:
        for statement in _FILL:
            owner.run(statement)
        yield owner


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All nodes of a plan."""
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def explained(owner: Session, query: Query, params: dict[str, Any]) -> list[dict[str, Any]]:
    """The nodes of the plan of `query`, for these parameters."""
    found = owner.value(f"explain (format json) {query.text}", **params)
    return list(nodes((found if isinstance(found, list) else json.loads(found))[0]["Plan"]))


def scanned_by(plan: list[dict[str, Any]], *, with_condition: bool) -> set[str]:
    """The indexes that a plan uses; only those it looks something up in, or all."""
    return {
        node["Index Name"]
        for node in plan
        if "Index Name" in node and ("Index Cond" in node or not with_condition)
    }


def test_the_statements_of_every_day_look_up_an_index(filled: Session):
    wrong = {}
    for cases, with_condition in ((CASES, True), (WALKS, False)):
        for queries, name, params, index in cases:
            plan = explained(filled, queries[name], params)
            used = scanned_by(plan, with_condition=with_condition)
            sequential = [node["Relation Name"] for node in plan if node["Node Type"] == "Seq Scan"]
            if sequential or not any(re.fullmatch(index, each) for each in used):
                wrong[name] = [(node["Node Type"], node.get("Index Name")) for node in plan]
    assert not wrong


def test_an_append_reads_no_table_from_end_to_end(filled: Session):
    append = log.SQL["append_events"].text
    batch = {"types": ["text.delta"], "versions": [1], "classes": ["delta"], "payloads": ["{}"]}
    origin = ["trace_id", "request_id", "span_id", "trace_flags", "tracestate"]
    nobody = dict.fromkeys(["expected_seq", "epoch", *origin])
    before = scans(filled)

    # More than five times, so that the function's statements have their generic plans.
    for _ in range(20):
        [(outcome, *_)] = filled.rows(append, run_id=RUN, status="running", **batch, **nobody)
        assert outcome == "ok"

    after = scans(filled)
    assert after["sequential"] == before["sequential"]
    assert after["by index"] >= before["by index"] + 20


def scans(owner: Session) -> dict[str, int]:
    """How often the log's tables have been read, by the server's own count."""
    owner.rows("select pg_stat_force_next_flush()")
    [(sequential, by_index)] = owner.rows(
        "select sum(seq_scan)::int, sum(idx_scan)::int from pg_stat_user_tables"
        " where relname like 'run\\_%'"
    )
    return {"sequential": sequential, "by index": by_index}


#: Pages in the middle of a long log: the statement, and how many rows it may look at.
PAGES: list[tuple[Queries, str, dict[str, Any], int]] = [
    (log.SQL, "read_page", {"after": 5000, "until": 5200, "limit_bytes": 131_072}, 200),
    (log.SQL, "read_links", {"after": 5000, "until": 6000, "limit_bytes": 1_048_576}, 1000),
    (log.SQL, "read_for_fold", {"after": 4000, "until": 6000, "limit_bytes": 1_048_576}, 2000),
    (
        _PRUNING,
        "prunable_keys",
        {"event_class": "delta", "after": 5000, "until": 6000},
        1000,
    ),
]


def test_a_page_of_a_log_costs_the_same_before_the_planner_knows_how_long_it_is(
    database_url: str,
) -> None:
    with session(database_url) as owner:
        owner.run("insert into runtime.threads values ('thread-1', 'user:42')")
        owner.run(
            "insert into runtime.runs (run_id, thread_id, owner_user_id, mode, model, caps,"
            " content_hash, code_version)"
            " values (%(id)s, 'thread-1', 42, 'turn', 'scripted/echo', '{}', 'c', 'test')",
            id=RUN,
        )
        owner.run("insert into runtime.run_heads (run_id, seq) values (%(id)s, 20000)", id=RUN)
        owner.run(
            "insert into runtime.run_events (run_id, seq, event_type, event_version, event_class,"
            " payload, payload_hash, prev_hash, event_hash, occurred_at, epoch)"
            " select %(id)s, seq, 'text.delta', 1, 'delta', '{}', '', '', '', now(), 1"
            " from generate_series(1, 20000) seq",
            id=RUN,
        )
        looked_at = {
            name: rows_read(owner, queries[name], {"run_id": RUN, **params})
            for queries, name, params, _ in PAGES
        }

    assert {name: looked_at[name] <= at_most for _, name, _, at_most in PAGES} == dict.fromkeys(
        looked_at, True
    ), looked_at


def rows_read(owner: Session, query: Query, params: dict[str, Any]) -> int:
    """How many rows of the log a statement looks at, in one partition and by its index."""
    found = owner.value(f"explain (analyze, format json) {query.text}", **params)
    plan = list(nodes((found if isinstance(found, list) else json.loads(found))[0]["Plan"]))
    scans = [node for node in plan if node.get("Relation Name", "").startswith("run_events")]
    assert len(scans) == 1
    assert "Seq Scan" not in scans[0]["Node Type"]
    lost = scans[0].get("Rows Removed by Filter", 0) + scans[0].get(
        "Rows Removed by Index Recheck", 0
    )
    return int((scans[0]["Actual Rows"] + lost) * scans[0]["Actual Loops"])

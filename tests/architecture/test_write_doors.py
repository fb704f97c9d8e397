"""What may hold secrets is written by one module each, which sanitizes it first."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.sources import PROJECT, files, nodes, text

SHIPPED = ("runtime_app", "tasks", "web")
#: Table -> the queries that write its content, each with the modules that may use it.
DOORS = {
    "run_events": {
        "runtime_app/events/queries.sql append_events": {"runtime_app/events/log.py"},
        "runtime_app/events/queries.sql append_many": {"runtime_app/events/batch_writer.py"},
        "runtime_app/frames/queries.sql append_frame": {"runtime_app/frames/inbox.py"},
        "runtime_app/runs/slots.sql append_with_slots": {"runtime_app/runs/slots.py"},
        "runtime_app/runs/ending.sql append_end": {"runtime_app/runs/ending.py"},
    },
    "frames": {
        "runtime_app/frames/queries.sql append_frame": {"runtime_app/frames/inbox.py"},
        "runtime_app/frames/queries.sql insert_frame": {"runtime_app/frames/inbox.py"},
    },
    "tool_tasks": {
        "runtime_app/tools/queries.sql insert_task": {"runtime_app/tools/store.py"},
        "runtime_app/tools/queries.sql end_task": {"runtime_app/tools/store.py"},
        "runtime_app/tools/queries.sql keep_late": {"runtime_app/tools/store.py"},
        "runtime_app/runs/client_calls.sql answer_call": {"runtime_app/runs/client_calls.py"},
    },
    "runs": {
        "runtime_app/runs/queries.sql insert_run": {"runtime_app/runs/store.py"},
        "runtime_app/runs/ending.sql append_end": {"runtime_app/runs/ending.py"},
    },
    # A state holds what was folded from stored events, and nothing else.
    "run_checkpoints": {
        "runtime_app/executor/checkpoints.sql keep_checkpoint": {
            "runtime_app/executor/checkpoints.py"
        },
    },
    # Rows hold what was read from stored events, and nothing else.
    "projected_threads": {
        "runtime_app/projections/queries.sql write_threads": {"runtime_app/projections/writer.py"},
    },
    "projected_runs": {
        "runtime_app/projections/queries.sql write_runs": {"runtime_app/projections/writer.py"},
    },
    "projected_messages": {
        "runtime_app/projections/queries.sql write_messages": {"runtime_app/projections/writer.py"},
    },
    "projected_run_events": {
        "runtime_app/projections/queries.sql write_run_events": {
            "runtime_app/projections/writer.py"
        },
    },
    "memory_chunks": {
        "runtime_app/memory/queries.sql insert_chunk": {"runtime_app/memory/claims.py"},
        "runtime_app/memory/queries.sql seal_chunk": {"runtime_app/memory/compaction.py"},
    },
    # Params and outputs pass the sanitizer there; receipts hold hashes, traces are sanitized.
    "ds_predictions": {
        "runtime_app/ds/queries.sql ask": {"runtime_app/ds/predictions.py"},
        "runtime_app/ds/queries.sql end_prediction": {"runtime_app/ds/predictions.py"},
    },
    "ds_predict_receipts": {
        "runtime_app/ds/queries.sql add_receipt": {"runtime_app/ds/predictions.py"},
    },
    "ds_traces": {
        "runtime_app/ds/queries.sql keep_trace": {"runtime_app/ds/predictions.py"},
    },
    # What operators say a model shall be told.
    "ds_compiled_artifacts": {
        "runtime_app/ds/queries.sql add_artifact": {"runtime_app/ds/artifacts.py"},
    },
    "ds_pointer_versions": {
        "runtime_app/ds/queries.sql add_version": {"runtime_app/ds/pointers.py"},
    },
    # The decision's document holds ids, numbers and what was asked; the function writes it.
    "spend_decisions": {
        "runtime_app/spend/queries.sql spend_reserve": {"runtime_app/spend/reserving.py"},
    },
    "spend_authorizations": {
        "runtime_app/spend/authorizations.sql add_authorization": {
            "runtime_app/spend/authorizations.py"
        },
    },
    "operator_audit": {
        "runtime_app/audit/queries.sql record_act": {"runtime_app/audit/journal.py"},
    },
}
#: Tables of ids, times and numbers.
NAMES_ONLY = {
    *("threads", "run_heads", "run_leases", "auth_nonces", "beat_jobs"),
    *("slots", "slot_line", "operator_audit_head", "retention_marks"),
    *("run_anchors", "provider_breakers", "provider_breaker_history"),
    *("memory_cursors", "memory_compactions"),
    *("projection_watermarks", "projection_audits"),
    *("webhook_deliveries", "webhook_attempts"),
    *("provider_rate_budgets", "provider_rate_turns"),
    "ds_artifact_pointers",
    *("spend_balances", "spend_ledger", "spend_reservations", "spend_latches", "approvals"),
    *("tool_listings", "tool_rates"),  # what the release says of its tools
}
#: Columns that take content. What else is updated is state, time and names.
CONTENT = (
    "payload",
    "input",
    "output",
    "error",
    "terminal_reason",
    "model",
    "request_mac",
    "summary",
)
#: Functions of the schema that put content into a table.
FUNCTIONS = {
    "run_events": ("append_events", "append_many"),
    "runs": ("end_run",),
    "operator_audit": ("record_act",),
    "spend_decisions": ("spend_reserve",),
}


def writes(sql: str, table: str) -> bool:
    """Whether a statement puts content into the table."""
    name = rf"(runtime\.)?{table}\b"
    if re.search(rf"\b(insert\s+into|merge\s+into|copy)\s+{name}", sql, re.IGNORECASE):
        return True
    update = re.search(rf"\bupdate\s+(only\s+)?{name}(.*)", sql, re.IGNORECASE | re.DOTALL)
    assigned = "" if update is None else update[3].partition("where")[0]
    if re.search(rf"\b({'|'.join(CONTENT)})\s*=", assigned):
        return True
    return any(f"runtime.{name}(" in sql for name in FUNCTIONS.get(table, ()))


def statements() -> dict[str, str]:
    """File and query -> text, of every query that is shipped."""
    found = {}
    for place in SHIPPED:
        for path in sorted((PROJECT / place).rglob("*.sql")):
            named = re.split(r"^-- name: (\w+).*$", path.read_text(), flags=re.MULTILINE)
            relative = str(path.relative_to(PROJECT))
            found |= {
                f"{relative} {name}": sql
                for name, sql in zip(named[1::2], named[2::2], strict=True)
            }
    return found


def users(query: str) -> set[str]:
    """The modules that name the query."""
    return {
        str(path)
        for path in files(*SHIPPED)
        for node in nodes(path)
        if isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Constant)
        and node.slice.value == query
        and isinstance(node.value, ast.Name)
        and node.value.id.lstrip("_") == "SQL"
    }


@pytest.mark.parametrize("table", DOORS)
def test_only_its_own_queries_put_content_into_a_table(table: str) -> None:
    found = {where for where, sql in statements().items() if writes(sql, table)}
    assert found == set(DOORS[table])


@pytest.mark.parametrize("table", DOORS)
def test_only_their_own_module_uses_those_queries(table: str) -> None:
    for where, allowed in DOORS[table].items():
        assert users(where.split()[1]) == allowed, where


def test_every_table_with_content_has_its_door() -> None:
    """A new table that takes JSON or free text is listed here, or said to hold neither."""
    schema = text(Path("migrations/schema.sql"))
    tables = set(re.findall(r"^create (?:unlogged )?table runtime\.(\w+)", schema, re.MULTILINE))
    partitions = {table for table in tables if re.fullmatch(r"run_events_p\d\d", table)}
    assert tables - partitions - set(DOORS) == NAMES_ONLY


@pytest.mark.parametrize(
    "sql",
    [
        "insert into runtime.frames (a) values (1)",
        "INSERT INTO frames values (1)",
        "with a as (select 1) update runtime.tool_tasks set state = 'x', output = 'y' where true",
        "select * from runtime.append_events(1)",
    ],
)
def test_a_write_would_be_noticed(sql: str) -> None:
    assert any(writes(sql, table) for table in DOORS)


@pytest.mark.parametrize(
    "sql",
    [
        "update runtime.tool_tasks set state = 'x' where output = 'y'",
        "select output from runtime.tool_tasks",
        "insert into runtime.frames_of_others values (1)",
    ],
)
def test_a_read_is_none(sql: str) -> None:
    assert not any(writes(sql, table) for table in DOORS)

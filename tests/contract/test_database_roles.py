"""What the application's login may do in the database: all that it needs, and nothing else."""

from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest

from runtime_app.db import logins
from runtime_app.db.database import Database
from tests.support.postgres import Session, session
from tests.support.runs import ended_run

ADDED_TO = "select insert"
CHANGED = "select insert update"
PRUNED = "select insert update delete"
LOOKED_AT = "select"

#: Every table and view: what oa_app may do to it. A new one has to be put here on purpose.
RIGHTS = {
    "approvals": CHANGED,
    "auth_nonces": PRUNED,
    "beat_jobs": CHANGED,
    "ds_artifact_pointers": CHANGED,
    "ds_compiled_artifacts": ADDED_TO,
    "ds_pointer_versions": ADDED_TO,
    "ds_predict_receipts": ADDED_TO,
    "ds_predictions": CHANGED,
    "ds_traces": ADDED_TO,
    "frames": CHANGED,
    "operator_audit": LOOKED_AT,
    "operator_audit_head": LOOKED_AT,
    "provider_breaker_history": ADDED_TO,
    "provider_breakers": PRUNED,
    "provider_rate_budgets": PRUNED,
    "provider_rate_turns": PRUNED,
    "retention_marks": PRUNED,
    "run_anchors": ADDED_TO,
    "run_checkpoints": PRUNED,
    "run_events": ADDED_TO,
    "run_heads": CHANGED,
    "run_leases": PRUNED,
    "run_view": "select update",
    "runs": CHANGED,
    "slot_line": PRUNED,
    "slots": PRUNED,
    "spend_authorizations": CHANGED,
    "spend_balances": CHANGED,
    "spend_decisions": ADDED_TO,
    "spend_latches": ADDED_TO,
    "spend_ledger": ADDED_TO,
    "spend_reservations": CHANGED,
    "threads": CHANGED,
    "tool_listings": PRUNED,
    "tool_rates": PRUNED,
    "tool_tasks": CHANGED,
    "memory_chunks": PRUNED,
    "memory_compactions": PRUNED,
    "memory_cursors": PRUNED,
    "projected_messages": PRUNED,
    "projected_run_events": PRUNED,
    "projected_runs": PRUNED,
    "projected_threads": PRUNED,
    "projection_audits": PRUNED,
    "projection_watermarks": PRUNED,
    "webhook_attempts": PRUNED,
    "webhook_deliveries": PRUNED,
}
_ALL = ("select", "insert", "update", "delete", "truncate", "references", "trigger")

FORBIDDEN = {
    "change an event": "update runtime.run_events set payload = '{}'",
    "change an event's time": "update runtime.run_events set occurred_at = now()",
    "drop an event": "delete from runtime.run_events",
    "drop all events": "truncate runtime.run_events",
    "change an event in its partition": "update runtime.run_events_p00 set payload = '{}'",
    "add an event to a partition": "insert into runtime.run_events_p00 default values",
    "empty a partition": "truncate runtime.run_events_p00",
    "read a partition": "select * from runtime.run_events_p00",
    "drop a run": "delete from runtime.runs",
    "drop a head": "delete from runtime.run_heads",
    "drop a thread": "delete from runtime.threads",
    "drop a frame": "delete from runtime.frames",
    "change an act": "update runtime.operator_audit set reason = 'x'",
    "change what was anchored": "update runtime.run_anchors set seq = 1",
    "forget what was anchored": "delete from runtime.run_anchors",
    "drop an act": "delete from runtime.operator_audit",
    "drop all acts": "truncate runtime.operator_audit",
    "add an act by hand": "insert into runtime.operator_audit (seq) values (1)",
    "move the head of the acts": "update runtime.operator_audit_head set seq = 0",
    "forget the head of the acts": "delete from runtime.operator_audit_head",
    "switch a trigger off": "alter table runtime.operator_audit disable trigger user",
    "switch all triggers off": "set session_replication_role = replica",
    "make a table": "create table runtime.mine (n int)",
    "make a table elsewhere": "create table public.mine (n int)",
    "make a function": "create function runtime.mine() returns int language sql return 1",
    "change a function": "alter function runtime.record_act security invoker",
    "drop a function": "drop function runtime.append_events",
    "drop a table": "drop table runtime.auth_nonces",
    "take a table apart": "alter table runtime.run_events detach partition runtime.run_events_p00",
    "make a schema": "create schema mine",
    "make a role": "create role mine",
    "become the owner": "set role openagents",
    "say that the schema is another": "update public.schema_version set version_num = '0001'",
    "read a file": "select pg_read_file('/etc/passwd')",
    "run a program": "copy (select 1) to program 'true'",
}


@pytest.fixture
def app(app_url: str) -> Iterator[Session]:
    with session(app_url) as app:
        yield app


@pytest.mark.parametrize("statement", FORBIDDEN.values(), ids=FORBIDDEN)
def test_the_application_may_not(db: Database, app: Session, statement: str):
    ended_run(db)
    with pytest.raises((psycopg2.errors.InsufficientPrivilege, psycopg2.errors.RaiseException)):
        app.run(statement)


def test_every_process_of_the_stack_but_the_migration_logs_in_as_the_application(
    stack_state: dict[str, Any],
):
    with session(stack_state["owner_database_url"]) as owner:
        seen = owner.rows(
            "select distinct usename from pg_stat_activity where datname = current_database()"
            " and application_name like 'openagents-runtime%'"
        )
        schema = owner.value(
            "select nspowner::regrole::text from pg_namespace where nspname = 'runtime'"
        )
    assert seen == [("openagents_app",)]
    assert schema == "openagents"
    assert stack_state["database_url"] == stack_state["direct_url"]
    assert "//openagents_app:" in stack_state["database_url"]


def test_the_application_is_a_plain_member_of_one_group(app: Session):
    [role] = app.rows(
        "select rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication"
        " from pg_roles where rolname = current_user"
    )
    groups = app.rows(
        "select roleid::regrole::text from pg_auth_members where member = %(me)s::regrole",
        me=app.value("select current_user"),
    )

    assert role == (False,) * 5
    assert groups == [("oa_app",)]


def test_every_table_grants_the_application_exactly_what_is_listed(owner: Session):
    granted = {
        name: " ".join(right for right in _ALL if right in rights)
        for name, rights in owner.rows(
            "select c.relname, array(select r from unnest(%(all)s) r"
            "   where has_table_privilege('oa_app', c.oid, r))"
            " from pg_class c where c.relnamespace = 'runtime'::regnamespace"
            " and c.relkind in ('r', 'p', 'v') and not c.relispartition",
            all=list(_ALL),
        )
    }
    assert granted == RIGHTS


def test_no_column_and_no_partition_grants_more(owner: Session):
    assert (
        owner.rows(
            "select attrelid::regclass from pg_attribute where attacl is not null"
            " and attrelid::regclass::text like 'runtime.%'"
        )
        == []
    )
    assert (
        owner.rows(
            "select inhrelid::regclass from pg_inherits, unnest(%(all)s) r"
            " where inhparent = 'runtime.run_events'::regclass"
            " and has_table_privilege('oa_app', inhrelid, r)",
            all=list(_ALL),
        )
        == []
    )


def test_who_only_looks_sees_everything_and_changes_nothing(owner: Session):
    seen = owner.rows(
        "select c.relname, has_table_privilege('oa_read', c.oid, 'select'),"
        " has_table_privilege('oa_read', c.oid, 'insert, update, delete, truncate')"
        " from pg_class c where c.relnamespace = 'runtime'::regnamespace"
        " and c.relkind in ('r', 'p', 'v') and not c.relispartition"
    )
    assert {(sees, changes) for _, sees, changes in seen} == {(True, False)}
    assert not owner.value(
        "select has_function_privilege('oa_read', p.oid, 'execute')"
        " from pg_proc p where proname = 'record_act'"
    )


def test_only_the_doors_of_acts_and_of_pruning_run_as_the_owner(owner: Session):
    found = owner.rows(
        "select proname, proconfig from pg_proc"
        " where pronamespace = 'runtime'::regnamespace and prosecdef order by proname"
    )
    path = ["search_path=pg_catalog, pg_temp"]
    assert found == [("prune_payloads", path), ("record_act", path)]


def test_a_table_of_a_later_revision_is_the_applications_too(owner: Session, app: Session):
    owner.run("create table runtime.later (n int)")
    assert app.run("insert into runtime.later values (1)") == 1


def test_a_temporary_function_or_table_does_not_get_into_the_door(app: Session):
    app.run("create temporary table operator_audit_head (only_one bool, seq bigint)")
    app.run("set search_path = pg_temp, runtime")
    statement = (
        "select runtime.record_act('ada', 'cli', null, 'run.cancel', null, '{}', 'why', null,"
        " null, 'done', null)"
    )
    assert app.value(statement) == 1
    assert app.value("select seq from runtime.operator_audit_head") == 1
    assert app.value("select count(*) from pg_temp.operator_audit_head") == 0


def test_a_login_is_let_in_and_its_password_can_be_changed(owner: Session, database_url: str):
    login = database_url.rpartition("/")[2] + "_app"
    place = database_url.partition("@")[2]
    try:
        for password in ("first-one", "it's \\ another"):
            url = f"postgresql://{login}:{password.replace(' ', '%20')}@{place}"
            assert logins.admit(database_url, url)
            with session(url) as app:
                assert app.value("select count(*) from runtime.runs") == 0
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            psycopg2.connect(f"postgresql://{login}:first-one@{place}")
    finally:
        owner.run(f"drop role {login}")


def test_the_owner_is_not_made_an_application(database_url: str, owner: Session):
    assert not logins.admit(database_url, database_url)
    assert not owner.value(
        "select pg_has_role(current_user, 'oa_app', 'member')"
        " and not rolsuper from pg_roles where rolname = current_user"
    )

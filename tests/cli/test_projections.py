"""Read models of live runs: made by the workers, checked and repaired by the commands."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.conftest import Oa
from tests.support.api import Api, fresh
from tests.support.postgres import PATIENCE_S, Session, session
from tests.support.stack import eventually

REASON = ("--reason", "a test of projections")

_ALL = """
select to_jsonb(t)::text from (
  select 'runs' as of, id as key, to_jsonb(r) as row from runtime.projected_runs r
   where id = %(run_id)s
  union all
  select 'messages', id, to_jsonb(m) from runtime.projected_messages m where run_id = %(run_id)s
  union all
  select 'run_events', runtime_seq::text, to_jsonb(e) from runtime.projected_run_events e
   where run_id = %(run_id)s) as t
 order by of, key"""

#: What somebody may do to rows behind the projection's back.
DRIFT = {
    "a message is gone": "delete from runtime.projected_messages where run_id = %(run_id)s"
    " and role = 'user'",
    "the run is gone": "delete from runtime.projected_runs where id = %(run_id)s",
    "an event is gone": "delete from runtime.projected_run_events where run_id = %(run_id)s"
    " and runtime_seq = 2",
    "a message is edited": "update runtime.projected_messages set content = 'no'"
    " where run_id = %(run_id)s and role = 'assistant'",
    "a status is edited": "update runtime.projected_runs set status = 'failed'"
    " where id = %(run_id)s",
    "a message is doubled": "insert into runtime.projected_messages select id || 'x', thread_id,"
    " run_id, user_id, role, content, meta, created_at, updated_at, runtime_source, runtime_seq,"
    " runtime_version, runtime_row_hash from runtime.projected_messages"
    " where run_id = %(run_id)s and role = 'user'",
    "events have changed places": "update runtime.projected_run_events t set type = o.type,"
    " payload = o.payload, runtime_row_hash = o.runtime_row_hash"
    " from runtime.projected_run_events o where t.run_id = %(run_id)s and o.run_id = t.run_id"
    " and t.runtime_seq in (1, 2) and o.runtime_seq = 3 - t.runtime_seq",
}


@pytest.fixture(scope="module")
def owner(stack_state: dict[str, Any]) -> Iterator[Session]:
    """A session of the owner's on the database of the stack itself."""
    with session(stack_state["owner_database_url"]) as found:
        yield found


@pytest.fixture(scope="module")
def run_id(api: Api, owner: Session) -> str:
    """A run that has ended; each test leaves its rows as it found them."""
    return ended(api, owner)


def ended(api: Api, owner: Session, text: str = "hello") -> str:
    """A run that has ended and whose read models say so."""
    run_id = fresh()
    list(api.run_and_stream(run_id, fresh("t"), text, model="scripted/echo"))
    eventually(
        lambda: owner.rows(
            "select 1 from runtime.projection_watermarks where run_id = %(run_id)s"
            " and status = 'done'",
            run_id=run_id,
        ),
        within_s=PATIENCE_S,
    )
    return run_id


def rows(owner: Session, run_id: str) -> list[tuple[Any, ...]]:
    return owner.rows(_ALL, run_id=run_id)


def test_a_live_run_is_read_as_its_log_has_it(api: Api, owner: Session, oa: Oa):
    run_id = ended(api, owner, "what is said")

    said = owner.rows(
        "select role, content from runtime.projected_messages where run_id = %(run_id)s"
        " order by runtime_seq",
        run_id=run_id,
    )
    [(status, thread_id)] = owner.rows(
        "select status, thread_id from runtime.projected_runs where id = %(run_id)s", run_id=run_id
    )
    title = owner.value(
        "select title from runtime.projected_threads where id = %(id)s", id=thread_id
    )
    kept = owner.value(
        "select count(*) from runtime.run_events where run_id = %(run_id)s"
        " and event_class not in ('delta', 'progress')",
        run_id=run_id,
    )
    shown = owner.value(
        "select count(*) from runtime.projected_run_events where run_id = %(run_id)s",
        run_id=run_id,
    )

    assert said == [("user", "what is said"), ("assistant", "what is said")]
    assert (status, title, shown) == ("completed", "what is said", kept)
    dry = oa.ok("projections", "rebuild", run_id, "--dry-run", *REASON, OA_OPERATOR="ann")
    assert "missing 0, changed 0, extra 0" in dry


def test_rows_made_again_are_the_live_ones_byte_for_byte(owner: Session, oa: Oa, run_id: str):
    live = rows(owner, run_id)
    for table, key in (("runs", "id"), ("messages", "run_id"), ("run_events", "run_id")):
        owner.run(f"delete from runtime.projected_{table} where {key} = %(id)s", id=run_id)

    oa.ok("projections", "rebuild", run_id, *REASON, OA_OPERATOR="ann")

    assert rows(owner, run_id) == live


@pytest.mark.parametrize("statement", DRIFT.values(), ids=DRIFT)
def test_drift_is_found_and_repaired(owner: Session, oa: Oa, run_id: str, statement: str):
    live = rows(owner, run_id)
    assert owner.run(statement, run_id=run_id) >= 1
    assert rows(owner, run_id) != live

    oa.ok("projections", "rebuild", run_id, *REASON, OA_OPERATOR="ann")

    assert rows(owner, run_id) == live


def test_a_guest_has_no_rows(api: Api, owner: Session):
    run_id = fresh()
    guest = api.as_guest(fresh("guest"))
    list(guest.run_and_stream(run_id, fresh("t"), "hello", model="scripted/echo"))

    assert rows(owner, run_id) == []


def test_the_state_of_all_is_told(oa: Oa):
    assert "runs_behind" in oa.ok("projections", "status")
    assert oa.ok("projections", "status", "--json").startswith("{")
    oa.ok("projections", "dead-letters")

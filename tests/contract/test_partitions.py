"""The log's partitions: each run in one, and each of them split as the documentation says."""

from runtime_app.db.database import Database
from runtime_app.events.integrity import verify
from tests.docs.markdown import document
from tests.support.postgres import Session
from tests.support.runs import append, delta, ended_run, fresh_run

PARTITIONS = (
    "select tableoid::regclass::text, count(*)::int from runtime.run_events"
    " where run_id = %(id)s group by 1"
)


def home(owner: Session, run_id: str) -> str:
    """The one partition that a run's events are in."""
    [(partition, _)] = owner.rows(PARTITIONS, id=run_id)
    return str(partition)


def test_a_partition_is_split_and_its_runs_go_on(db: Database, owner: Session):
    live = [fresh_run(db) for _ in range(150)]
    for run_id in live:
        append(db, run_id, delta("before"))
    moved = {run_id for run_id in live if home(owner, run_id) == "runtime.run_events_p00"}
    (statements,) = document("docs/RETENTION.md").blocks("sql")

    owner.run(statements)

    homes = {run_id: home(owner, run_id) for run_id in live}
    halves = {homes[run_id] for run_id in moved}
    assert halves == {"runtime.run_events_p00_of_32", "runtime.run_events_p16_of_32"}
    assert all(homes[run_id] not in halves for run_id in live if run_id not in moved)
    for run_id in moved:
        append(db, run_id, delta("after"))
        verdict = verify(db, run_id)
        assert (verdict.checked_to, verdict.broken) == (3, None)
    for _ in range(40):
        assert verify(db, ended_run(db)).broken is None


def test_the_new_partitions_are_like_the_others(db: Database, owner: Session):
    def facts(partition: str) -> list[tuple[object, ...]]:
        name = {"name": f"runtime.{partition}"}
        return [
            *owner.rows(
                "select indisunique, indisprimary, indpred is null from pg_index"
                " where indrelid = %(name)s::regclass order by 1, 2, 3",
                **name,
            ),
            *owner.rows(
                "select r, has_table_privilege(g, %(name)s, r) from unnest(array['oa_app',"
                " 'oa_read']) g, unnest(array['select', 'insert', 'update', 'delete']) r",
                **name,
            ),
        ]

    before = facts("run_events_p00")
    (statements,) = document("docs/RETENTION.md").blocks("sql")
    owner.run(statements)
    assert facts("run_events_p00_of_32") == facts("run_events_p16_of_32") == before

"""A run as one file: what changes under an export's hands is not written down as tampering."""

import pytest

from runtime_app.anchors import export as exporting
from runtime_app.anchors.export import export
from runtime_app.db.database import Database
from runtime_app.errors import Conflict, NotFound
from runtime_app.events.catalog import Retention
from runtime_app.events.pruning import prune
from tests.support.postgres import Session
from tests.support.runs import append, delta, ended_text, finish, fresh_run, granted, progress


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "PAGE", 2)


@pytest.fixture
def run_id(db: Database) -> str:
    """A run of seven events that goes on."""
    run_id = fresh_run(db)
    append(db, run_id, delta("a"), delta("b"), progress(1), delta("c"), progress(2))
    append(db, run_id, ended_text("abc"))
    return run_id


def end(db: Database, run_id: str) -> None:
    finish(db, granted(db, run_id))


def test_a_run_that_was_pruned_before_is_exported(db: Database, run_id: str):
    end(db, run_id)
    prune(db, run_id, Retention.DELTA)
    assert len(list(export(db, None, run_id))) == 1 + 8


def test_one_that_is_pruned_between_two_pages_is_not(db: Database, run_id: str):
    end(db, run_id)
    lines = export(db, None, run_id)
    for _ in range(3):  # the head, and the first page
        next(lines)
    prune(db, run_id, Retention.DELTA)
    with pytest.raises(Conflict, match="export it again"):
        list(lines)
    assert len(list(export(db, None, run_id))) == 1 + 8


def test_one_that_ends_and_is_pruned_before_the_first_page_is_not(db: Database, run_id: str):
    lines = export(db, None, run_id)
    next(lines)
    end(db, run_id)
    prune(db, run_id, Retention.DELTA)
    with pytest.raises(Conflict, match="export it again"):
        list(lines)


def test_what_was_taken_by_somebody_else_is_exported_for_all_to_see(
    db: Database, owner: Session, run_id: str
):
    taken = "update runtime.run_events set payload = null where run_id = %(id)s and seq = 5"
    assert owner.run(taken, id=run_id) == 1
    assert b'"payload":null' in b"".join(export(db, None, run_id))
    end(db, run_id)
    assert b'"payload":null' in b"".join(export(db, None, run_id))


def test_a_run_that_is_not_there_is_not_found(db: Database):
    with pytest.raises(NotFound):
        next(export(db, None, "nobody"))

"""Canaries: what is worse loses its calls, what is not gets more."""

import pytest

from runtime_app.db.database import Database
from runtime_app.ds import pointers
from runtime_app.ds.canaries import sweep_canaries
from runtime_app.ds.catalog import RECAP_THREAD
from runtime_app.ds.gates import STALLED_S, Seen, judge, next_stage
from runtime_app.ds.pointers import Change, Pointer
from runtime_app.providers.scripted import ScriptedProvider
from tests.runtime_app.ds.test_pointers import artifact_in
from tests.support.postgres import Session
from tests.support.predictions import made

GOOD, BAD = Seen("succeeded", None, 100), Seen("failed", "output_invalid", 100)
SLOW = Seen("succeeded", None, 400)


def said(canary: list[Seen], primary: list[Seen], age_s: float = 3600) -> str:
    return judge(canary, primary, age_s=age_s, least=200, least_s=1800).action


@pytest.mark.parametrize(
    ("canary", "expected"),
    [
        ([GOOD] * 200, "advance"),
        ([GOOD] * 199, "wait"),
        ([GOOD] * 50 + [BAD] * 2 + [GOOD] * 148, "advance"),
        ([GOOD] * 10 + [BAD] * 8 + [GOOD] * 182, "wait"),
        ([GOOD] * 10 + [BAD] * 30 + [GOOD] * 160, "abort"),
        ([BAD] * 5 + [GOOD] * 500, "abort"),
        ([BAD] * 4, "wait"),
        ([GOOD, Seen("failed", "artifact_incompatible", 1)], "abort"),
        ([GOOD] * 100 + [SLOW] * 100, "abort"),
        ([GOOD] * 188 + [SLOW] * 12, "wait"),
        ([], "wait"),
    ],
)
def test_gates(canary: list[Seen], expected: str) -> None:
    assert said(canary, [GOOD] * 2_000) == expected


def test_a_stage_takes_its_time_and_is_stalled_some_day() -> None:
    assert said([GOOD] * 500, [GOOD] * 500, age_s=1_799) == "wait"
    assert said([GOOD] * 10, [GOOD] * 500, age_s=STALLED_S + 1) == "stalled"
    assert said([GOOD] * 500, []) == "wait"
    assert [next_stage(each) for each in (0, 1, 5, 7, 25, 100)] == [1, 5, 25, 25, 100, None]


def begun(db: Database, model: str, least: int) -> str:
    with db.transaction() as tx:
        name = artifact_in(tx, "canary", model=model)
        how = Change("canary", 0, "ada", "a test")
        pointers.canary(
            tx, RECAP_THREAD, how, name, 50, auto_advance=True, gate_receipts=least, gate_minutes=0
        )
    return name


def present(db: Database) -> Pointer:
    with db.reading() as tx:
        return pointers.pointer(tx, RECAP_THREAD)


def test_a_regression_aborts_and_says_so(db: Database, owner: Session) -> None:
    begun(db, "scripted/json?fit=0", 5)
    for number in range(40):
        made(db, ScriptedProvider(), owner=f"user:{number}")
    assert sweep_canaries(db) == 1
    assert (present(db).canary_percent, present(db).version) == (0, 2)
    with db.reading() as tx:
        newest = pointers.versions(tx, RECAP_THREAD)[0]
    assert (newest.action, newest.actor) == ("auto_abort", "canary")
    assert owner.rows("select act, actor from runtime.operator_audit") == [
        ("ds.auto_abort", "canary")
    ]
    assert sweep_canaries(db) == 0


def test_what_is_as_good_advances(db: Database) -> None:
    name = begun(db, "scripted/json", 5)
    assert sweep_canaries(db) == 0
    # Rates of so few receipts cannot be told apart: seen is what a longer window would have.
    for number in range(260):
        made(db, ScriptedProvider(), owner=f"user:{number}", check=False)
    assert sweep_canaries(db) == 1
    assert (present(db).canary_id, present(db).canary_percent) == (name, 100)

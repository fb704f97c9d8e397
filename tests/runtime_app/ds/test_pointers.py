"""Pointers: one writer wins, every change has its row, back is back."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg2
import pytest
from jsonschema import Draft202012Validator

from docs.ds_published import PUBLISHED
from runtime_app.db.database import Database
from runtime_app.ds import artifacts, pointers
from runtime_app.ds.catalog import RECAP_THREAD, SUMMARIZE_THREAD
from runtime_app.ds.pointers import Change, Pointer
from runtime_app.ds.selection import bucket, select
from runtime_app.errors import Conflict, InvalidRequest
from runtime_app.providers.scripted import ScriptedProvider
from tests.support.postgres import Session
from tests.support.predictions import made


def artifact(db: Database, instructions: str, **more: Any) -> str:
    body = {**RECAP_THREAD.body, "instructions": instructions, **more}
    with db.transaction() as tx:
        return artifacts.keep(tx, RECAP_THREAD, body, {"created_by": "test"}).compiled_id


def how(action: str, expected: int) -> Change:
    return Change(action, expected, "ada", "a test")


def promoted(db: Database, name: str, expected: int) -> str:
    compiled_id = artifact(db, name)
    with db.transaction() as tx:
        pointers.promote(tx, RECAP_THREAD, how("promote", expected), compiled_id, force=True)
    return compiled_id


def back(db: Database, expected: int, to: int | None = None) -> Pointer:
    with db.transaction() as tx:
        return pointers.rollback(tx, RECAP_THREAD, how("rollback", expected), to)


def test_two_rollbacks_go_two_versions_back_and_a_promote_does_not_return(db: Database) -> None:
    first, second, _bad = (promoted(db, name, at) for at, name in enumerate("abc"))
    assert back(db, 3).primary_id == second
    assert back(db, 4).primary_id == first
    fourth = promoted(db, "d", 5)
    assert back(db, 6).primary_id == first
    assert back(db, 7).primary_id == RECAP_THREAD.compiled_id
    with pytest.raises(Conflict, match="nothing before"):
        back(db, 8)
    assert back(db, 8, to=6).primary_id == fourth
    with pytest.raises(InvalidRequest, match="not a version"):
        back(db, 9, to=99)
    with db.reading() as tx:
        told = pointers.versions(tx, RECAP_THREAD)
    assert [each.version for each in told] == list(range(9, 0, -1))
    assert {each.reason for each in told} == {"a test"}
    for each in told:
        Draft202012Validator(dict(PUBLISHED["pointer.v1"])).validate(each.after)


def test_a_canary_between_is_no_step_of_the_way_back(db: Database) -> None:
    first = promoted(db, "a", 0)
    promoted(db, "b", 1)
    with db.transaction() as tx:
        pointers.canary(tx, RECAP_THREAD, how("canary", 2), artifact_in(tx, "c"), 5)
        pointers.abort(tx, RECAP_THREAD, how("abort", 3))
    assert back(db, 4).primary_id == first


def artifact_in(tx: Any, name: str, **more: Any) -> str:
    body = {**RECAP_THREAD.body, "instructions": name, **more}
    return artifacts.keep(tx, RECAP_THREAD, body, {"created_by": "test"}).compiled_id


def test_of_twenty_writers_one_wins(db: Database, owner: Session) -> None:
    compiled_id = promoted(db, "a", 0)

    def write(_number: int) -> str:
        try:
            with db.transaction() as tx:
                pointers.promote(tx, RECAP_THREAD, how("promote", 1), compiled_id, force=True)
        except Conflict:
            return "conflict"
        return "won"

    with ThreadPoolExecutor(20) as pool:
        ends = list(pool.map(write, range(20)))
    assert sorted(ends) == ["conflict"] * 19 + ["won"]
    assert owner.value("select count(*) from runtime.ds_pointer_versions") == 2


def test_the_first_pointer_is_made_once(db: Database) -> None:
    promoted(db, "a", 0)
    with pytest.raises(Conflict, match="version 1"):
        promoted(db, "b", 0)


def test_what_cannot_be_carried_out_is_no_artifact(db: Database) -> None:
    for more in (
        {"strategy": "nonsense.v1"},
        {"settings": {"iterations": 9}},
        {"settings": {"iterations": True}},
        {"unknown": 1},
    ):
        with pytest.raises(InvalidRequest):
            artifact(db, "x", **more)


def test_another_signature_s_artifact_cannot_be_pointed_at(db: Database) -> None:
    with db.transaction() as tx:
        other = artifacts.default(tx, SUMMARIZE_THREAD).compiled_id
    for compiled_id in (other, "art_" + "0" * 24):
        with db.transaction() as tx, pytest.raises(InvalidRequest):
            pointers.canary(tx, RECAP_THREAD, how("canary", 0), compiled_id, 5)
    with db.transaction() as tx, pytest.raises(InvalidRequest, match="no report"):
        pointers.promote(tx, RECAP_THREAD, how("promote", 0), RECAP_THREAD.compiled_id, force=False)


def test_history_stays(db: Database, owner: Session) -> None:
    promoted(db, "a", 0)
    for act in ("delete from", "truncate"):
        with pytest.raises(psycopg2.Error, match="append-only"):
            owner.run(f"{act} runtime.ds_pointer_versions")


def test_a_prediction_follows_the_pointer_at_once_and_says_so(db: Database) -> None:
    with db.transaction() as tx:
        name = artifact_in(tx, "canary")
        pointers.canary(tx, RECAP_THREAD, how("canary", 0), name, 100)
    told = made(db, ScriptedProvider()).receipt
    assert (told["compiled_id"], told["selection"]["variant"]) == (name, "canary")
    assert told["selection"]["pointer_version"] == 1
    assert told["selection"]["key_kind"] == "user"
    with db.transaction() as tx:
        pointers.abort(tx, RECAP_THREAD, how("abort", 1))
    told = made(db, ScriptedProvider()).receipt
    assert (told["compiled_id"], told["selection"]["variant"]) == (
        RECAP_THREAD.compiled_id,
        "primary",
    )


def test_a_larger_percent_only_adds_keys(db: Database) -> None:
    chosen: dict[int, set[str]] = {}
    keys = [f"user:{number}" for number in range(300)]
    for at, percent in enumerate((1, 5, 25)):
        with db.transaction() as tx:
            name = artifact_in(tx, "canary")
            pointers.canary(tx, RECAP_THREAD, how("canary", at), name, percent)
            chosen[percent] = {
                key for key in keys if select(tx, RECAP_THREAD.id, key).variant == "canary"
            }
    assert chosen[1] <= chosen[5] <= chosen[25]
    assert 40 < len(chosen[25]) < 110


@pytest.mark.parametrize("percent", [1, 5, 25, 50])
def test_buckets_are_spread_evenly(percent: int) -> None:
    number = 100_000
    hits = sum(bucket("@a/b/C.v1", "seed", f"user:{each}") < percent for each in range(number))
    assert abs(hits * 100 / number - percent) <= 0.3

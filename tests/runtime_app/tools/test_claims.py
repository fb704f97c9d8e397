"""Who gets a queued tool call: while its run wants it, and again who may have got it before."""

import pytest

from runtime_app.db.database import Database
from runtime_app.tools import store
from tests.runtime_app.tools.test_store import enqueue, requeue, row
from tests.support.postgres import Session
from tests.support.runs import fresh_run


@pytest.fixture
def run_id(db: Database) -> str:
    return fresh_run(db)


@pytest.mark.parametrize("flag", ["cancel_requested = true", "closed_seq = 1"])
def test_a_call_that_its_run_no_longer_wants_is_neither_claimed_nor_asked_for(
    db: Database, owner: Session, run_id: str, flag: str
):
    enqueue(db, run_id)
    owner.run(f"update runtime.run_heads set {flag}")

    assert store.waiting(db, 0.0, 10) == []
    assert store.claim(db, "call_1", "worker-1") is None
    assert row(owner, "state") == ("queued",)


def test_a_claim_asked_for_again_is_the_same_claim_and_another_is_none(db: Database, run_id: str):
    enqueue(db, run_id)
    first = store.claim(db, "call_1", "worker-1", token="one")
    assert first is not None
    assert store.claim(db, "call_1", "worker-2", token="two") is None
    assert store.claim(db, "call_1", "worker-2") is None
    assert store.claim(db, "call_1", "worker-1", token="one") == first

    assert requeue(db, first)
    again = store.claim(db, "call_1", "worker-2", token="two")
    assert again is not None
    assert again.attempt == 2
    assert store.claim(db, "call_1", "worker-1", token="one") is None

"""What looks at the whole suite's runs sees a run that the product did not write."""

import uuid

from runtime_app.db.database import Database
from tests.support.dispatcher import RecordingDispatcher
from tests.support.executors import executor
from tests.support.replayed import forged, replay_all
from tests.support.runs import ended_run, fresh_run, post
from tests.support.sanitizer import KEYS


def test_a_run_that_was_filled_by_hand_is_named_unless_it_says_so(
    db: Database, recorder: RecordingDispatcher, app_url: str, database_url: str
):
    ours = fresh_run(db)
    post(db, ours, uuid.uuid4().hex)
    with executor(db, recorder) as steps:
        assert steps.step(ours) == "finished"
    by_hand, said_so = ended_run(db), forged(ended_run(db))
    assert said_so != by_hand

    state = {
        "database_url": app_url,
        "owner_database_url": database_url,
        "sanitizer_keys": KEYS,
    }
    found = replay_all(state)
    assert found.runs == 2
    assert [verdict.run_id for verdict in found.diverged] == [by_hand]
    assert f"run {by_hand}: seq 2, decision: recorded 'run.finished', replayed 'parks" in str(found)

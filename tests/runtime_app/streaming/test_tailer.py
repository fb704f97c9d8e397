"""One reader's stream over a real log, without a listener: nothing but its own reads."""

import itertools

from runtime_app.clock import SystemClock
from runtime_app.db.database import Database
from runtime_app.streaming.hub import Hub
from runtime_app.streaming.tailer import Reading, follow
from tests.support.runs import append, delta, fresh_run


def test_what_was_committed_before_the_reader_attached_needs_no_hint(db: Database) -> None:
    run_id = fresh_run(db)
    append(db, run_id, delta("x"))
    reading = Reading(run_id, 1, 1, ended=False, stream_format="native", tail_s=5)
    stream = follow(Hub(db), reading, SystemClock())

    sent = b"".join(itertools.islice(stream, 2))
    stream.close()

    assert b"cursor 1" in sent
    assert b"id: 2\n" in sent


def test_a_reader_that_has_caught_up_ends_at_its_deadline(db: Database) -> None:
    run_id = fresh_run(db)
    reading = Reading(run_id, 1, 1, ended=False, stream_format="ai-sdk", tail_s=0.05)
    hub = Hub(db)

    sent = b"".join(follow(hub, reading, SystemClock()))

    assert b": caught-up 1" in sent
    assert b"[DONE]" not in sent
    assert hub.readers == 0

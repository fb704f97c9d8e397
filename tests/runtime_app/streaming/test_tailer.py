"""One reader's stream over a real log, without a listener: nothing but its own reads."""

import itertools
import json

import pytest

from runtime_app.clock import SystemClock
from runtime_app.db.database import Database
from runtime_app.errors import StaleCursor
from runtime_app.events import log
from runtime_app.events.catalog import Retention
from runtime_app.events.pruning import prune
from runtime_app.streaming.cursor import Wanted, resolve
from runtime_app.streaming.hub import Hub
from runtime_app.streaming.tailer import Reading, follow
from tests.support.runs import append, delta, ended_text, finish, fresh_run, granted, progress


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


@pytest.mark.parametrize("stream_format", ["native", "ai-sdk"])
def test_a_reader_that_the_floor_passes_is_told_and_ends(db: Database, stream_format: str) -> None:
    run_id = fresh_run(db)
    lease = granted(db, run_id)
    append(db, run_id, *[delta(f"piece {n}") for n in range(250)])
    append(db, run_id, *[delta(f"piece {n}") for n in range(250)], ended_text("all"))
    finish(db, lease)
    stream = follow(Hub(db), Reading(run_id, 0, 503, True, stream_format, 5), SystemClock())
    read = list(itertools.islice(stream, 150))
    prune(db, run_id, Retention.DELTA)

    rest = b"".join(stream)

    last = max(
        int(line.removeprefix(b"id: "))
        for line in (b"".join(read) + rest).split(b"\n")
        if line.startswith(b"id: ")
    )
    assert rest.endswith(b": stale-cursor %d\n\n" % last)
    assert b"[DONE]" not in rest
    assert 150 <= last < 450
    head = log.head(db, run_id)
    assert head is not None
    with pytest.raises(StaleCursor):
        resolve(Wanted(last_event_id=str(last)), floor_seq=head.floor_seq, latest_seq=head.seq)


def test_pruned_progress_is_passed_over_without_a_gap(db: Database) -> None:
    run_id = fresh_run(db)
    lease = granted(db, run_id)
    append(db, run_id, delta("a"), progress({"at": 1}), delta("b"), progress({"at": 2}))
    finish(db, lease)
    prune(db, run_id, Retention.PROGRESS)

    sent = b"".join(follow(Hub(db), Reading(run_id, 0, 6, True, "native", 5), SystemClock()))

    data = [line[6:] for line in sent.decode().splitlines() if line.startswith("data: ")]
    assert [json.loads(each)["seq"] for each in data] == [1, 2, 4, 6]

"""One reader's stream over a real log, without a listener: nothing but its own reads."""

import itertools
import json
import logging
from collections import Counter
from collections.abc import Iterator, Mapping

import pytest

from runtime_app.clock import SystemClock
from runtime_app.db.database import Database
from runtime_app.errors import StaleCursor
from runtime_app.events import log
from runtime_app.events.catalog import Retention
from runtime_app.events.pruning import prune
from runtime_app.observability import telemetry
from runtime_app.streaming.bell import Bell
from runtime_app.streaming.chunk import PIECE_BYTES
from runtime_app.streaming.cursor import Wanted, resolve
from runtime_app.streaming.hub import Hub
from runtime_app.streaming.tailer import Reading, follow
from tests.support.postgres import session
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


@pytest.mark.parametrize("stream_format", ["native", "ai-sdk"])
@pytest.mark.parametrize("others", [0, 1])
def test_a_run_that_ended_before_the_reader_attached_ends_its_stream(
    db: Database, stream_format: str, others: int
) -> None:
    """It was live when the reader asked; nobody is told of its end any more."""
    run_id = fresh_run(db)
    lease = granted(db, run_id)
    hub, bell = Hub(db), Bell()
    for _ in range(others):
        hub.attach(run_id, bell, 1)
    finish(db, lease)
    reading = Reading(run_id, 1, 1, ended=False, stream_format=stream_format, tail_s=5)

    sent = b"".join(follow(hub, reading, SystemClock()))

    assert sent.count(b"id: 2\n") == (1 if stream_format == "native" else 2)
    assert (b"[DONE]" in sent) == (stream_format == "ai-sdk")
    assert b"ping" not in sent
    assert hub.readers == others


def test_a_reader_whose_client_has_hung_up_is_let_go(db: Database) -> None:
    run_id = fresh_run(db)
    hub, bell = Hub(db), Bell()
    reading = Reading(run_id, 1, 1, ended=False, stream_format="ai-sdk", tail_s=60)
    stream = follow(hub, reading, SystemClock(), bell)
    next(stream)
    bell.hang_up()
    assert list(stream) == []
    assert hub.readers == 0


def test_bytes_come_in_pieces_small_events_together_and_large_ones_in_parts(db: Database) -> None:
    run_id = fresh_run(db)
    append(db, run_id, *[delta("s") for _ in range(20)])
    append(db, run_id, delta("l" * 50_000))
    reading = Reading(run_id, 1, 22, ended=False, stream_format="native", tail_s=0)
    sizes = [len(data) for data in follow(Hub(db), reading, SystemClock())]
    assert max(sizes) == PIECE_BYTES
    assert len(sizes) == 1 + 1 + 4 + 1  # the beginning, the small ones, the large one, caught up


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
    read = list(itertools.islice(stream, 2))
    prune(db, run_id, Retention.DELTA)

    rest = b"".join(stream)

    last = max(
        int(line.removeprefix(b"id: "))
        for line in (b"".join(read) + rest).split(b"\n")
        if line.startswith(b"id: ")
    )
    assert rest.endswith(b": stale-cursor %d\n\n" % last)
    assert (b'"type":"error"' in rest) == (stream_format == "ai-sdk")
    assert b"[DONE]" not in rest
    assert last == 200
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


@pytest.fixture
def told() -> Iterator[Counter[str]]:
    """How often each thing was told."""
    heard: Counter[str] = Counter()

    def hear(name: str, _value: float, _labels: Mapping[str, str]) -> None:
        heard[name] += 1

    telemetry.subscribe(hear)
    yield heard
    telemetry.unsubscribe(hear)


@pytest.mark.parametrize("missing", [1, 199, 200, 450])
def test_a_hole_of_any_length_is_told_once_and_nothing_behind_it_is_sent(
    db: Database,
    database_url: str,
    told: Counter[str],
    caplog: pytest.LogCaptureFixture,
    missing: int,
) -> None:
    run_id = fresh_run(db)
    for _ in range(2):
        append(db, run_id, *[delta("x") for _ in range(250)])
    with session(database_url) as owner:
        owner.run(
            "delete from runtime.run_events where run_id = %(id)s and seq between 3 and %(last)s",
            id=run_id,
            last=2 + missing,
        )
    reading = Reading(run_id, 0, 501, ended=False, stream_format="native", tail_s=1.5)
    with caplog.at_level(logging.ERROR):
        sent = b"".join(follow(Hub(db), reading, SystemClock()))

    assert [line for line in sent.split(b"\n") if line.startswith(b"id: ")] == [b"id: 1", b"id: 2"]
    assert [each.getMessage() for each in caplog.records] == [
        f"hole: run {run_id} has no seq 3 to {2 + missing}"
    ]
    assert told["stream.hole"] == 1

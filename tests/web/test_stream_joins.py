"""Where a reader joins what is under way: a snapshot and its rest; a run that ends just then."""

import socket
import threading
from contextlib import ExitStack
from random import Random
from typing import Any

from runtime_app.db.database import Database
from tests.support.api import Api, fresh
from tests.support.replayed import forged
from tests.support.runs import append, delta, finish, granted, start
from tests.web.raw_stream import connect, read_to_end, unchunked
from tests.web.reading import blocks, comments, data, ids, parsed

ROUNDS = 40
#: A reader that is not told of the end has waited for it in vain by then; no sweep comes sooner.
TAIL_MS = 5_000
#: How long the end waits for readers at most, to begin with; then as long as they need.
SPREAD_S = 0.008
#: What readers ask for, and after which seqs their streams may begin: the head is 2, 3 or 4 then.
WAYS = {
    "&cursor=0": {0},
    "&cursor=2": {2},
    "&tail=1": {1, 2, 3},
    "&from=now": {2, 3, 4},
    "": {2, 3, 4},
}


def test_whoever_comes_while_a_run_ends_sees_what_it_asked_for_and_the_end(
    api: Api, log_db: Database
) -> None:
    chance, spread_s = Random(5), SPREAD_S
    before = after = 0
    for _ in range(ROUNDS):
        run = fresh(), fresh("t")
        lease = granted(log_db, forged(start(log_db, run[0], thread_id=run[1]).run_id))
        append(log_db, run[0], delta("a"), epoch=lease.epoch)
        with ExitStack() as closing:
            readers = []
            for query in chance.sample(list(WAYS), 3):
                stream_format = chance.choice(["native", "ai-sdk"])
                asked = f"{query}&format={stream_format}&tail_ms={TAIL_MS}"
                reader = closing.enter_context(connect(api, run, asked))
                readers.append((reader, query, stream_format))
            threading.Event().wait(chance.random() * spread_s)
            append(log_db, run[0], delta("b"), epoch=lease.epoch)
            finish(log_db, lease)
            cursors = [_read(*each) for each in readers]
        late = 4 in cursors
        before, after = before + (not late), after + late
        spread_s *= 1.5 if late else 0.7
    assert before
    assert after


def _read(reader: socket.socket, query: str, stream_format: str) -> int:
    """Where a stream began; it has all that follows, and the end."""
    found = parsed(unchunked(read_to_end(reader)).decode())
    cursor = int(comments(found)[0].removeprefix("cursor "))
    assert cursor in WAYS[query]
    if stream_format == "native":
        assert ids(found) == list(range(cursor + 1, 5)), query
    else:
        assert data(found)[-1] == "[DONE]", query
        assert len(data(found)) == len(range(max(cursor, 1) + 1, 5)) + 1, query
    return cursor


def test_a_snapshot_at_any_moment_and_the_stream_from_its_cursor_are_the_whole(api: Api) -> None:
    """It says what the log says up to its cursor, not an event less or more."""
    run = fresh(), fresh("t")
    model = "scripted/tools?calls=3&parallel=0&asks=new"
    assert api.start(*run, model=model).status_code == 201
    assert api.frame(*run, "f1").status_code == 202
    snapshots = [api.snapshot(*run)]
    while snapshots[-1]["terminal"] is None:
        snapshots.append(api.snapshot(*run))
    events = api.events(*run)
    seen = {snapshot["latestSeq"]: snapshot for snapshot in snapshots}
    assert len(seen) > 2
    for seq, snapshot in seen.items():
        _reflects(snapshot, events[:seq])
    for seq in (min(seen), sorted(seen)[len(seen) // 2], max(seen)):
        rest = ids(blocks(api, run, f"&cursor={seq}&format=native"))
        assert rest == list(range(seq + 1, len(events) + 1))


def test_a_stream_that_is_opened_from_a_snapshot_goes_on_live(api: Api) -> None:
    run = fresh(), fresh("t")
    assert api.start(*run, model="scripted/tokens?n=20&delay_ms=10&bytes=8").status_code == 201
    assert api.frame(*run, "f1").status_code == 202
    seq = 0
    while seq < 8:
        seq = api.snapshot(*run)["latestSeq"]
    live = ids(blocks(api, run, f"&cursor={seq}&format=native"))
    assert live == list(range(seq + 1, api.snapshot(*run)["latestSeq"] + 1))


def _reflects(snapshot: dict[str, Any], events: list[dict[str, Any]]) -> None:
    def count(event_type: str) -> int:
        return sum(event["type"] == event_type for event in events)

    answered = {e["payload"]["tool_call_id"] for e in events if e["type"] == "tool.result"}
    called = [e["payload"]["tool_call_id"] for e in events if e["type"] == "tool.call"]
    assert snapshot["chainHead"] == events[-1]["eventHash"]
    steps = [event["payload"]["step"] for event in events if event["type"] == "step.started"]
    assert snapshot["steps"] == max(steps, default=0)
    assert snapshot["usage"]["modelCalls"] == count("model.call_started")
    assert snapshot["usage"]["toolCalls"] == len(called)
    assert snapshot["pendingToolCalls"] == [each for each in called if each not in answered]
    assert (snapshot["terminal"] is not None) == (events[-1]["type"] == "run.finished")

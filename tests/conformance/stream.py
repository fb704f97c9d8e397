"""The continuity kit: what every reader of a stream is promised, asked of a running service.

It knows the contract and nothing else: any implementation can run it against itself
(docs/CONTINUITY.md). Each promise is a function that asks, and raises `Fault` when it is broken.
"""

import json
from collections.abc import Callable, Sequence

from tests.conformance.stream_crowd import (
    a_reader_outlives_the_process_that_serves_it,
    a_slow_reader_loses_nothing_and_holds_nobody_up,
    an_open_stream_survives_the_loss_of_its_listener,
    readers_with_one_cursor_see_the_same,
    whoever_attaches_while_a_run_ends_sees_it_end,
)
from tests.conformance.stream_reader import (
    Block,
    Fault,
    Subject,
    blocks,
    certain,
    finished,
    followed,
    last_id,
)
from tests.conformance.stream_whole import BEGINNING, NATIVE, ended, replay, same

Promise = Callable[[Subject], None]


def every_event_comes_once_and_in_order(subject: Subject) -> None:
    """A replay is the log: seq 1, 2, 3 … without a hole or a double, and says what the log says."""
    run = ended(subject)
    found = blocks(replay(subject, run, NATIVE))
    same("seqs", [block.event_id for block in found], list(range(1, len(found) + 1)))
    log = subject.log(run)
    same("seqs of the log", [event["seq"] for event in log], list(range(1, len(log) + 1)))
    for block, event in zip(found, log, strict=True):
        said = json.loads(block.data)
        same("a payload", [said["payload"], block.event], [event["payload"], event["type"]])


def every_event_comes_while_it_happens(subject: Subject) -> None:
    """Who reads along sees what a replay shows, to the end."""
    for stream_format in ("", NATIVE):
        run = subject.started(subject.slow_model)
        with subject.open(run, BEGINNING + stream_format) as stream:
            stream.until(b"\n: caught-up") if stream_format else stream.more()
            subject.ask_something(run)
            live = blocks(stream.rest())
        same("live", live, blocks(replay(subject, run, stream_format)))


def the_end_is_said(subject: Subject) -> None:
    """`[DONE]` with the last id, again to who comes back with it; native ends with the run."""
    run = ended(subject)
    found = blocks(replay(subject, run))
    head_seq = subject.latest_seq(run)
    same("the end", found[-1], Block(head_seq, None, "[DONE]"))
    same("its number", [block.data for block in found].count("[DONE]"), 1)
    with subject.open(run, last_id=head_seq) as stream:
        same("the end again", blocks(stream.rest()), [Block(head_seq, None, "[DONE]")])
    native = blocks(replay(subject, run, NATIVE))
    same("the native end", native[-1].event, "run.finished")


def a_cut_at_any_byte_loses_and_doubles_nothing(subject: Subject) -> None:
    """Cut after any byte, a client that comes back with the last id has the whole at the end."""
    run = ended(subject)
    for stream_format in ("", NATIVE):
        raw = replay(subject, run, stream_format)
        if not raw.endswith(b"\n\n"):
            raise Fault(f"a stream that ended ends inside a block: {raw[-40:]!r}")
        whole = blocks(raw)
        rests: dict[int, list[Block]] = {}
        for at in range(len(raw)):
            seen = blocks(raw[:at])
            came_back_at = last_id(seen)
            if came_back_at not in rests:
                with subject.open(run, stream_format, came_back_at) as stream:
                    rests[came_back_at] = blocks(stream.rest())
            has = certain(seen) + rests[came_back_at]
            if finished(certain(seen)):
                continue  # it has no reason to come back
            same(f"cut at byte {at}, back at {came_back_at}", has, whole)


def a_live_stream_may_be_cut_as_often_as_one_likes(subject: Subject) -> None:
    """Hung up on every few bytes while the run goes on, the client has the whole at the end."""
    for stream_format, step in (("", 97), (NATIVE, 311)):
        run = subject.begun(subject.slow_model)
        # The bytes grow with the attempts, so that some cuts are inside events and all end.
        found = followed(subject, run, stream_format, lambda n, step=step: 150 + step * (n + 1))
        same("after many cuts", found, blocks(replay(subject, run, stream_format)))


def a_cursor_is_the_last_seen(subject: Subject) -> None:
    """A stream begins with the event after its cursor, in the query or in the header."""
    run = ended(subject)
    head_seq = subject.latest_seq(run)
    for seq in range(head_seq):
        expected = list(range(seq + 1, head_seq + 1))
        for query, header in ((f"&cursor={seq}", None), ("", seq), (f"&cursor={seq}", seq)):
            with subject.open(run, NATIVE + query, header) as stream:
                found = [block.event_id for block in blocks(stream.rest())]
            same(f"from {query or 'the header'} {seq}", found, expected)


def the_other_beginnings(subject: Subject) -> None:
    """`tail=N` is the last N, `from=now` what comes; what is no beginning is refused."""
    run = ended(subject)
    head_seq = subject.latest_seq(run)
    with subject.open(run, f"{NATIVE}&tail=3") as stream:
        found = [block.event_id for block in blocks(stream.rest())]
    same("tail=3", found, [head_seq - 2, head_seq - 1, head_seq])
    for query in (f"&cursor={head_seq + 1}", "&cursor=x", "&cursor=1&tail=1", "&from=then"):
        same(f"the status of {query}", subject.refusal(run, query), 400)
    same("the status of two cursors", subject.refusal(run, "&cursor=1", last_id=2), 400)
    waiting = subject.started(subject.model)
    head_seq = subject.latest_seq(waiting)
    with subject.open(waiting, f"{NATIVE}&from=now") as stream:
        stream.until(b": caught-up")
        subject.ask_something(waiting)
        first = blocks(stream.rest())[0]
    same("the first from now on", first.event_id, head_seq + 1)


def a_snapshot_and_what_follows_are_the_whole(subject: Subject) -> None:
    """A snapshot is of the event at its cursor, and a stream from there goes on with the next."""
    run = subject.begun(subject.slow_model)
    taken = []
    for _ in range(5):
        snapshot = subject.snapshot(run)
        seq = snapshot["latestSeq"]
        taken.append((seq, snapshot["chainHead"], snapshot["terminal"] is not None))
        if snapshot["terminal"] is not None:
            break
        with subject.open(run, f"{NATIVE}&cursor={seq}") as stream:
            stream.until(b"id: ")
            while not blocks(stream.raw):
                stream.more()
            same("after a snapshot", blocks(stream.raw)[0].event_id, seq + 1)
    followed(subject, run)
    log = subject.log(run)
    for seq, head, ended_by_then in (*taken, (len(log), subject.snapshot(run)["chainHead"], True)):
        event = log[seq - 1]
        same(f"the head of the snapshot at {seq}", head, event["eventHash"])
        same(f"its end at {seq}", ended_by_then, event["type"] == "run.finished")


def a_stream_that_has_had_its_time_is_gone_on_with(subject: Subject) -> None:
    """After `tail_ms` a live stream ends cleanly, without the end, and is resumed."""
    run = subject.begun(subject.slow_model)
    with subject.open(run, f"{BEGINNING}&tail_ms=300") as stream:
        found = blocks(stream.rest())
    if finished(found):
        raise Fault("a stream that had had its time said that the run had ended")
    if not stream.raw.endswith(b"\n\n"):
        raise Fault("a stream that had had its time ended inside a block")
    kept = certain(found)
    with subject.open(run, last_id=last_id(kept)) as stream:
        kept += blocks(stream.rest())
    same("after a resume", kept, blocks(replay(subject, run)))


PROMISES: Sequence[Promise] = (
    every_event_comes_once_and_in_order,
    every_event_comes_while_it_happens,
    the_end_is_said,
    a_cut_at_any_byte_loses_and_doubles_nothing,
    a_live_stream_may_be_cut_as_often_as_one_likes,
    a_cursor_is_the_last_seen,
    the_other_beginnings,
    a_snapshot_and_what_follows_are_the_whole,
    a_stream_that_has_had_its_time_is_gone_on_with,
    whoever_attaches_while_a_run_ends_sees_it_end,
    readers_with_one_cursor_see_the_same,
    a_slow_reader_loses_nothing_and_holds_nobody_up,
)
#: These need a hook of the subject.
WITH_HOOKS: Sequence[tuple[str, Promise]] = (
    ("drop_listener", an_open_stream_survives_the_loss_of_its_listener),
    ("restart", a_reader_outlives_the_process_that_serves_it),
)

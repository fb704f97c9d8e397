"""The continuity kit: what every reader of a stream is promised, asked of a running service.

It knows the contract and nothing else: any implementation can run it against itself
(docs/CONTINUITY.md). Each promise is a function that asks, and raises `Fault` when it is broken.
"""

import json
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from tests.conformance.stream_reader import (
    Block,
    Cut,
    Fault,
    Run,
    Subject,
    blocks,
    certain,
    finished,
    followed,
    last_id,
)

NATIVE = "&format=native"
BEGINNING = "&cursor=0"
Promise = Callable[[Subject], None]


def every_event_comes_once_and_in_order(subject: Subject) -> None:
    """A replay is the log: seq 1, 2, 3 … without a hole or a double, and says what the log says."""
    run = ended(subject)
    found = blocks(replay(subject, run, NATIVE))
    _same("seqs", [block.event_id for block in found], list(range(1, len(found) + 1)))
    log = subject.log(run)
    _same("seqs of the log", [event["seq"] for event in log], list(range(1, len(log) + 1)))
    for block, event in zip(found, log, strict=True):
        said = json.loads(block.data)
        _same("a payload", [said["payload"], block.event], [event["payload"], event["type"]])


def every_event_comes_while_it_happens(subject: Subject) -> None:
    """Who reads along sees what a replay shows, to the end."""
    for stream_format in ("", NATIVE):
        run = subject.started(subject.slow_model)
        with subject.open(run, BEGINNING + stream_format) as stream:
            stream.until(b"\n: caught-up") if stream_format else stream.more()
            subject.ask_something(run)
            live = blocks(stream.rest())
        _same("live", live, blocks(replay(subject, run, stream_format)))


def the_end_is_said(subject: Subject) -> None:
    """`[DONE]` with the last id, again to who comes back with it; native ends with the run."""
    run = ended(subject)
    found = blocks(replay(subject, run))
    head_seq = subject.latest_seq(run)
    _same("the end", found[-1], Block(head_seq, None, "[DONE]"))
    _same("its number", [block.data for block in found].count("[DONE]"), 1)
    with subject.open(run, last_id=head_seq) as stream:
        _same("the end again", blocks(stream.rest()), [Block(head_seq, None, "[DONE]")])
    native = blocks(replay(subject, run, NATIVE))
    _same("the native end", native[-1].event, "run.finished")


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
            _same(f"cut at byte {at}, back at {came_back_at}", has, whole)


def a_live_stream_may_be_cut_as_often_as_one_likes(subject: Subject) -> None:
    """Hung up on every few bytes while the run goes on, the client has the whole at the end."""
    for stream_format, step in (("", 97), (NATIVE, 311)):
        run = subject.begun(subject.slow_model)
        # The bytes grow with the attempts, so that some cuts are inside events and all end.
        found = followed(subject, run, stream_format, lambda n, step=step: 150 + step * (n + 1))
        _same("after many cuts", found, blocks(replay(subject, run, stream_format)))


def a_cursor_is_the_last_seen(subject: Subject) -> None:
    """A stream begins with the event after its cursor, in the query or in the header."""
    run = ended(subject)
    head_seq = subject.latest_seq(run)
    for seq in range(head_seq):
        expected = list(range(seq + 1, head_seq + 1))
        for query, header in ((f"&cursor={seq}", None), ("", seq), (f"&cursor={seq}", seq)):
            with subject.open(run, NATIVE + query, header) as stream:
                found = [block.event_id for block in blocks(stream.rest())]
            _same(f"from {query or 'the header'} {seq}", found, expected)


def the_other_beginnings(subject: Subject) -> None:
    """`tail=N` is the last N, `from=now` what comes; what is no beginning is refused."""
    run = ended(subject)
    head_seq = subject.latest_seq(run)
    with subject.open(run, f"{NATIVE}&tail=3") as stream:
        found = [block.event_id for block in blocks(stream.rest())]
    _same("tail=3", found, [head_seq - 2, head_seq - 1, head_seq])
    for query in (f"&cursor={head_seq + 1}", "&cursor=x", "&cursor=1&tail=1", "&from=then"):
        _same(f"the status of {query}", subject.refusal(run, query), 400)
    waiting = subject.started(subject.model)
    head_seq = subject.latest_seq(waiting)
    with subject.open(waiting, f"{NATIVE}&from=now") as stream:
        stream.until(b": caught-up")
        subject.ask_something(waiting)
        first = blocks(stream.rest())[0]
    _same("the first from now on", first.event_id, head_seq + 1)


def a_snapshot_and_what_follows_are_the_whole(subject: Subject) -> None:
    """A stream from a snapshot's cursor goes on where the snapshot ends."""
    run = subject.begun(subject.slow_model)
    for _ in range(5):
        seq = subject.latest_seq(run)
        with subject.open(run, f"{NATIVE}&cursor={seq}") as stream:
            stream.until(b"id: ")
            while not blocks(stream.raw):
                stream.more()
            _same("after a snapshot", blocks(stream.raw)[0].event_id, seq + 1)


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
    _same("after a resume", kept, blocks(replay(subject, run)))


def whoever_attaches_while_a_run_ends_sees_it_end(subject: Subject) -> None:
    """Readers that come at any moment around the end, from any cursor, see all of it once."""
    run = subject.begun(subject.slow_model)
    over = threading.Event()

    def come(number: int) -> list[list[Block]]:
        found = []
        while not over.is_set():
            with subject.open(run, f"{NATIVE}&cursor={number}&tail_ms=1") as stream:
                stream.rest()
            with subject.open(run, NATIVE, number) as stream:
                found.append(blocks(stream.rest()))
                over.set()
        return found

    with ThreadPoolExecutor(4) as pool:
        cursors = (0, 1, 0, 1)
        seen = [
            (n, each)
            for n, all_ in zip(cursors, pool.map(come, cursors), strict=True)
            for each in all_
        ]
    whole = blocks(replay(subject, run, NATIVE))
    for number, found in seen:
        _same(f"from {number}", found, whole[number:])


def readers_with_one_cursor_see_the_same(subject: Subject) -> None:
    """Ten readers of one run, and the slow among them, see the same; none waits for another."""
    run = subject.started(subject.slow_model)
    with ExitStack() as opened:
        streams = [opened.enter_context(subject.open(run, BEGINNING)) for _ in range(10)]
        subject.ask_something(run)
        slow, quick = streams[:2], streams[2:]
        with ThreadPoolExecutor(len(quick)) as pool:
            list(pool.map(lambda stream: stream.rest(), quick))
        for stream in slow:
            while stream.more(64):
                pass
    whole = blocks(replay(subject, run))
    for stream in streams:
        _same("one of ten", blocks(stream.raw), whole)


def an_open_stream_survives_the_loss_of_its_listener(subject: Subject) -> None:
    """When the process stops hearing of events, its open streams miss none, and end."""
    assert subject.drop_listener is not None
    run = subject.begun(subject.slow_model)
    with subject.open(run, BEGINNING) as stream:
        for _ in range(3):
            stream.more()
            subject.drop_listener()
        found = blocks(stream.rest())
    _same("without a listener", found, blocks(replay(subject, run)))


def a_reader_outlives_the_process_that_serves_it(subject: Subject) -> None:
    """Cut by a crash of the server, a client comes back by its last id and misses nothing."""
    assert subject.restart is not None
    run = subject.begun(subject.slow_model)
    with subject.open(run, BEGINNING) as stream:
        stream.until(b"id: ")
        crash = threading.Thread(target=subject.restart)
        crash.start()
        try:
            while stream.more():
                pass
        except Cut:
            pass
        crash.join()
    kept = certain(blocks(stream.raw))
    deadline_s = time.monotonic() + 60
    while not finished(kept):
        if time.monotonic() > deadline_s:
            raise Fault("the run has no end after a restart")
        with subject.open(run, last_id=last_id(kept)) as stream:
            kept = certain(kept) + blocks(stream.rest())
    _same("after a restart", kept, blocks(replay(subject, run)))


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
)
#: These need a hook of the subject.
WITH_HOOKS: Sequence[tuple[str, Promise]] = (
    ("drop_listener", an_open_stream_survives_the_loss_of_its_listener),
    ("restart", a_reader_outlives_the_process_that_serves_it),
)


def ended(subject: Subject) -> Run:
    """A run that has ended."""
    run = subject.begun(subject.model)
    followed(subject, run)
    return run


def replay(subject: Subject, run: Run, query: str = "") -> bytes:
    """The bytes of a run's stream from its beginning to its end."""
    with subject.open(run, BEGINNING + query) as stream:
        return stream.rest()


def _same(what: str, found: object, expected: object) -> None:
    if found == expected:
        return
    if isinstance(found, list) and isinstance(expected, list):
        at = next(
            (n for n, (a, b) in enumerate(zip(found, expected, strict=False)) if a != b),
            min(len(found), len(expected)),
        )
        raise Fault(
            f"{what}: {len(found)} instead of {len(expected)}; number {at} is "
            f"{found[at : at + 1]}, expected {expected[at : at + 1]}"
        )
    raise Fault(f"{what}: {found!r}, expected {expected!r}")

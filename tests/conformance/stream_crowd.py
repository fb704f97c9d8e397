"""What several readers of one run are promised, and those whose service is hurt."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from random import Random

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
from tests.conformance.stream_whole import BEGINNING, NATIVE, replay, same

#: Runs that end while readers come, who do so within so long before and after.
ROUNDS, AROUND_S = 8, 0.03
#: Inputs that together are more than sockets hold of what nobody reads.
LONG, LARGE_BYTES = 24, 240_000


def whoever_attaches_while_a_run_ends_sees_it_end(subject: Subject) -> None:
    """Readers that come at any moment around the end, from any cursor, see all of it once."""
    chance = Random(ROUNDS)
    with ThreadPoolExecutor(4) as pool:
        for _ in range(ROUNDS):
            run = subject.started(subject.model, "session")
            ways = [(cursor, chance.random() * AROUND_S) for cursor in (0, 1, 0)]
            coming = [(way, pool.submit(_come, subject, run, *way)) for way in ways]
            threading.Event().wait(chance.random() * AROUND_S)
            subject.frame(run, "complete", {})
            seen = [(cursor, each.result()) for (cursor, _), each in coming]
            whole = blocks(replay(subject, run, NATIVE))
            for cursor, found in seen:
                same(f"around the end, from {cursor}", found, whole[cursor:])


def _come(subject: Subject, run: Run, cursor: int, after_s: float) -> list[Block]:
    threading.Event().wait(after_s)
    tail_ms = int(500 * min(20.0, subject.patience_s))
    with subject.open(run, f"{NATIVE}&cursor={cursor}&tail_ms={tail_ms}") as stream:
        return blocks(stream.rest())


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
        same("one of ten", blocks(stream.raw), whole)


def a_slow_reader_loses_nothing_and_holds_nobody_up(subject: Subject) -> None:
    """While one takes nothing of a long stream, others read it to its end; then it has all, too."""
    run = subject.started(subject.model, "session")
    for number in range(LONG):
        subject.frame(run, "context", {"text": f"{number} " * (LARGE_BYTES // len(f"{number} "))})
    subject.frame(run, "complete", {})
    with subject.open(run, NATIVE + BEGINNING, receive_bytes=4096) as slow:
        slow.more(64)
        whole = followed(subject, run, NATIVE)
        with suppress(Cut):  # it took too long for the service; it may come back
            slow.rest()
    found = certain(blocks(slow.raw))
    if not finished(found):
        with subject.open(run, NATIVE, last_id(found)) as stream:
            found += blocks(stream.rest())
    same("slowly", found, whole)


def an_open_stream_survives_the_loss_of_its_listener(subject: Subject) -> None:
    """When the process stops hearing of events, its open streams miss none, and end."""
    assert subject.drop_listener is not None
    run = subject.begun(subject.slow_model)
    with subject.open(run, BEGINNING) as stream:
        for _ in range(3):
            stream.more()
            subject.drop_listener()
        found = blocks(stream.rest())
    same("without a listener", found, blocks(replay(subject, run)))


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
    deadline_s = time.monotonic() + subject.patience_s
    while not finished(kept):
        if time.monotonic() > deadline_s:
            raise Fault("the run has no end after a restart")
        with subject.open(run, last_id=last_id(kept)) as stream:
            kept = certain(kept) + blocks(stream.rest())
    same("after a restart", kept, blocks(replay(subject, run)))

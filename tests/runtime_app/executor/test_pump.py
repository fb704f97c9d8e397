"""A model stream read by a thread of its own."""

import threading
from collections.abc import Iterator

import pytest

from runtime_app.executor.pump import Ended, Nudge, Pump
from runtime_app.providers.errors import ProviderError
from runtime_app.providers.outcome import Outcome
from runtime_app.providers.provider import Done, StreamEvent, TextDelta
from tests.support.stack import eventually


class Told:
    """A stream that yields what it was given, raises if told to, and notes when it is closed.

    With `then_hangs` it waits at its end until somebody closes it, as a silent server does.
    """

    def __init__(
        self,
        events: list[StreamEvent],
        error: Exception | None = None,
        *,
        then_hangs: bool = False,
    ) -> None:
        self._events = events
        self._error = error
        self._then_hangs = then_hangs
        self.closed = threading.Event()

    def __iter__(self) -> Iterator[StreamEvent]:
        yield from self._events
        if self._then_hangs:
            self.closed.wait()
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        self.closed.set()


def pumps() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "model-pump"]


def test_events_come_in_order_and_then_the_end():
    pump = Pump(Told([TextDelta("a"), TextDelta("b"), Done("stop")]))
    pump.start()
    assert [pump.take(5) for _ in range(4)] == [
        TextDelta("a"),
        TextDelta("b"),
        Done("stop"),
        Ended(None),
    ]


@pytest.mark.parametrize(
    "error", [ProviderError(Outcome.TIMEOUT, "no token"), KeyError("a defect")]
)
def test_a_failure_comes_after_what_came_before_it(error):
    pump = Pump(Told([TextDelta("a")], error))
    pump.start()
    assert pump.take(5) == TextDelta("a")
    assert pump.take(5) == Ended(error)


def test_waiting_ends_when_the_time_is_over():
    pump = Pump(Told([], then_hangs=True))
    pump.start()
    assert pump.take(0) == Nudge()
    pump.close()


def test_a_nudge_ends_a_wait_without_end():
    pump = Pump(Told([], then_hangs=True))
    pump.start()
    taken = []
    waiter = threading.Thread(target=lambda: taken.append(pump.take(None)))
    waiter.start()
    pump.nudge()
    waiter.join(5)
    assert taken == [Nudge()]
    pump.close()


def test_a_nudge_never_blocks_however_much_waits():
    pump = Pump(Told([TextDelta("a")] * 3000))
    pump.start()
    for _ in range(3000):
        pump.nudge()
    pump.close()


def test_a_stream_that_is_ahead_is_held_back_and_nothing_is_lost():
    count = 3000
    pump = Pump(Told([TextDelta(str(n)) for n in range(count)]))
    pump.start()
    taken = [pump.take(5) for _ in range(count)]
    assert taken == [TextDelta(str(n)) for n in range(count)]
    assert pump.take(5) == Ended(None)


@pytest.mark.parametrize("waiting", [0, 3000], ids=["a silent stream", "a stream held back"])
def test_closing_ends_the_stream_and_its_thread(waiting):
    before = len(pumps())
    stream = Told([TextDelta("a")] * waiting, then_hangs=True)
    pump = Pump(stream)
    pump.start()
    assert len(pumps()) == before + 1
    pump.close()
    assert stream.closed.is_set()
    eventually(lambda: len(pumps()) == before, within_s=5, what="the end of the pump's thread")

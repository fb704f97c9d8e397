"""Places of a process among the calls in flight of each provider."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from runtime_app.resilience.bulkhead import Bulkhead


def test_one_provider_takes_no_more_than_its_places_and_none_of_anothers():
    bulkhead = Bulkhead(2)
    with bulkhead.place("a", 0) as one, bulkhead.place("a", 0) as two:
        assert one
        assert two
        with bulkhead.place("a", 0) as three, bulkhead.place("b", 0) as other:
            assert not three
            assert other
    with bulkhead.place("a", 0) as again:
        assert again


def test_whoever_waits_gets_the_place_that_is_left_also_after_a_failure(
    threads: ThreadPoolExecutor,
):
    bulkhead, held, leave = Bulkhead(1), Event(), Event()

    def hold() -> None:
        with bulkhead.place("a", 0):
            held.set()
            leave.wait(10)
            raise RuntimeError("so it goes")

    def wait() -> bool:
        with bulkhead.place("a", 10) as free:
            return free

    holding = threads.submit(hold)
    held.wait(10)
    waiting = threads.submit(wait)
    leave.set()
    assert waiting.result(10)
    with pytest.raises(RuntimeError):
        holding.result(10)

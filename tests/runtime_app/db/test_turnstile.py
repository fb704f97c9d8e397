"""A turnstile: so many inside, nobody out of turn, nobody for ever."""

import threading
from concurrent.futures import ThreadPoolExecutor

from runtime_app.db.turnstile import Turnstile
from tests.support.stack import eventually


def test_who_waits_goes_in_before_who_comes_later() -> None:
    turnstile, order = Turnstile(1), []
    assert turnstile.enter(0)
    with ThreadPoolExecutor(5) as pool:
        for number in range(5):
            pool.submit(lambda number=number: turnstile.enter(10) and order.append(number))
            eventually(lambda number=number: len(turnstile._line) == number + 1, what="in line")
        for number in range(5):
            turnstile.leave()
            assert not turnstile.enter(0)  # the place has gone to who waits, not to who asks now
            eventually(lambda number=number: len(order) == number + 1, what="the next is in")
    assert order == [0, 1, 2, 3, 4]


def test_who_has_waited_long_enough_is_out_of_the_line() -> None:
    turnstile = Turnstile(1)
    assert turnstile.enter(0)
    assert not turnstile.enter(0.01)
    turnstile.leave()
    assert turnstile.enter(0)
    assert not turnstile.enter(0)


def test_no_place_is_lost_and_none_is_made_however_impatient_they_are() -> None:
    turnstile, inside, most = Turnstile(3), [0], [0]
    counting = threading.Lock()

    def pass_through(number: int) -> None:
        for _ in range(200):
            if turnstile.enter(0.0005 * (number % 3)):
                with counting:
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                with counting:
                    inside[0] -= 1
                turnstile.leave()

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(pass_through, range(12)))
    assert most[0] <= 3
    assert [turnstile.enter(0) for _ in range(4)] == [True, True, True, False]

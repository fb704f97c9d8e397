"""A reading is kept, asked for by one at a time, and absent when it cannot be had."""

import threading

from prometheus_client import generate_latest

from runtime_app.gauges.kept import Kept
from runtime_app.observability import exposition
from runtime_app.observability.gauges import Reading

FIVE: Reading = {"runs_live": {("running",): 5.0}}
PATIENCE_S = 30.0


class Hands:
    """A clock that is set by hand."""

    at_s = 100.0

    def monotonic(self) -> float:
        return self.at_s


def test_a_reading_is_kept_for_a_while():
    asked = []
    clock = Hands()
    kept = Kept(lambda: asked.append(1) or FIVE, clock, keep_s=5, wait_s=PATIENCE_S)
    assert [kept() for _ in range(3)] == [FIVE] * 3
    clock.at_s += 4.9
    assert kept() == FIVE
    assert len(asked) == 1
    clock.at_s += 0.2
    assert kept() == FIVE
    assert len(asked) == 2


def test_many_that_come_at_once_ask_once():
    begun, go_on = threading.Event(), threading.Event()
    asked = []

    def ask() -> Reading:
        asked.append(1)
        begun.set()
        assert go_on.wait(PATIENCE_S)
        return FIVE

    kept = Kept(ask, Hands(), wait_s=PATIENCE_S)
    found: list[Reading] = []
    scrapes = [threading.Thread(target=lambda: found.append(kept())) for _ in range(20)]
    for scrape in scrapes:
        scrape.start()
    assert begun.wait(PATIENCE_S)
    go_on.set()
    for scrape in scrapes:
        scrape.join()
    assert found == [FIVE] * 20
    assert len(asked) == 1


def test_who_does_not_get_it_in_time_goes_without_and_asks_nobody_else():
    go_on = threading.Event()
    asked = []

    def ask() -> Reading:
        asked.append(1)
        assert go_on.wait(PATIENCE_S)
        return FIVE

    clock = Hands()
    kept = Kept(ask, clock, wait_s=0.05)
    assert kept() == {}
    clock.at_s += 100
    assert kept() == {}
    assert len(asked) == 1
    answered = kept._answered
    assert answered is not None
    go_on.set()
    assert answered.wait(PATIENCE_S)
    assert kept() == FIVE


def test_a_failure_is_no_reading_and_is_kept_as_long(caplog):
    answers = [ConnectionError("away"), FIVE]
    clock = Hands()

    def ask() -> Reading:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    kept = Kept(ask, clock, keep_s=5, wait_s=PATIENCE_S)
    assert kept() == {}
    assert kept() == {}
    assert "no gauges: away" in caplog.text
    clock.at_s += 5
    assert kept() == FIVE


def page(reading: Reading) -> str:
    return generate_latest(exposition.readable("", "1", lambda: reading)).decode()


def test_what_is_not_known_is_not_on_the_page():
    assert "oa_runs_live" not in page({})
    text = page({"runs_live": {("running",): 5.0, ("accepted",): 0.0}})
    assert 'oa_runs_live{status="running"} 5.0' in text
    assert 'oa_runs_live{status="accepted"} 0.0' in text
    assert "oa_queue_depth" not in text


def test_a_value_that_the_table_does_not_list_is_other():
    text = page({"queue_depth": {("runs",): 1.0, ("new-a",): 2.0, ("new-b",): 3.0}})
    assert 'oa_queue_depth{queue="other"} 5.0' in text
    assert "new-" not in text

"""The lock that keeps two copies of a sweep apart."""

import pytest

from runtime_app.db.database import Database
from runtime_app.maintenance.sweep import MOST_FAILURES, alone, each


def test_the_second_copy_gets_nothing_while_the_first_is_at_it(db: Database):
    with alone(db, "one") as first, alone(db, "one") as second:
        assert first is not None
        assert second is None


def test_sweeps_of_other_names_do_not_wait_for_each_other(db: Database):
    with alone(db, "one") as first, alone(db, "two") as second:
        assert first is not None
        assert second is not None


def test_the_lock_ends_with_the_transaction_however_that_ends(db: Database):
    def fail() -> None:
        with alone(db, "one"):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    for _ in range(2):
        with alone(db, "one") as tx:
            assert tx is not None


def test_one_that_fails_is_in_nobodys_way_and_many_are_a_failure_of_the_sweep():
    def done(number: int) -> int:
        return 10 // number

    assert each("tools", [1, 0, 2, 0, 5], done) == 10 + 5 + 2
    with pytest.raises(ZeroDivisionError):
        each("tools", [0] * MOST_FAILURES, done)

"""The lock that keeps two copies of a sweep apart."""

import pytest

from runtime_app.db.database import Database
from runtime_app.maintenance.sweep import alone


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

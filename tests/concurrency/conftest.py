"""What every race needs: somebody to look, threads to race, and a way to start together."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.postgres import Session, session


@pytest.fixture
def owner(database_url: str) -> Iterator[Session]:
    """A session that watches, and that may tamper."""
    with session(database_url) as owner:
        yield owner


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    """Up to 8 threads; each takes a connection of its own from the pool."""
    with ThreadPoolExecutor(8) as pool:
        yield pool

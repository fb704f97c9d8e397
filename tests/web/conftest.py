"""Fixtures of the tests over HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest

from runtime_app.db.database import Database
from runtime_app.db.settings import DatabaseSettings
from tests.support.dispatcher import RecordingDispatcher
from tests.support.sanitizer import SANITIZER


@pytest.fixture(scope="module")
def log_db(stack_state: dict[str, Any]) -> Iterator[Database]:
    """The shared stack's database, for what no executor has to make: events, ends."""
    url = stack_state["database_url"]
    db = Database(DatabaseSettings(url, url), RecordingDispatcher(), SANITIZER)
    yield db
    db.close()

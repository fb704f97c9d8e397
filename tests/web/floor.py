"""The floor of a run, raised as retention does, or by it."""

from typing import Any

import psycopg2

from runtime_app.db.database import Database
from runtime_app.db.settings import DatabaseSettings
from runtime_app.events.catalog import Retention
from runtime_app.events.pruning import prune
from tests.support.dispatcher import RecordingDispatcher
from tests.support.sanitizer import SANITIZER


def raise_floor(stack_state: dict[str, Any], run_id: str, floor_seq: int) -> None:
    """Retention's mark, set as the database's owner."""
    connection = psycopg2.connect(stack_state["owner_database_url"])
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "update runtime.run_heads set floor_seq = %s where run_id = %s", (floor_seq, run_id)
        )
    connection.close()


def prune_deltas(stack_state: dict[str, Any], run_id: str) -> None:
    """Empty the deltas of a run that has ended."""
    url = stack_state["database_url"]
    db = Database(DatabaseSettings(url, url), RecordingDispatcher(), SANITIZER)
    assert prune(db, run_id, Retention.DELTA).events > 0
    db.close()

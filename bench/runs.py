"""Runs to append to, made without going over HTTP."""

from datetime import UTC, datetime
from secrets import token_hex

from runtime_app.db.database import Database
from runtime_app.db.settings import DatabaseSettings
from runtime_app.dispatch.dispatcher import NoDispatcher
from runtime_app.events.event import NewEvent, Origin
from runtime_app.leases import store as leases
from runtime_app.leases.lease import LeasePolicy
from runtime_app.runs.admission import AdmissionLimits
from runtime_app.runs.caps import Caps
from runtime_app.runs.lifecycle import start_run
from runtime_app.runs.run import RunDefaults, RunRequest
from runtime_app.sanitizer import PseudonymKeys, Sanitizer
from runtime_app.security.principal import Principal

OWNER = Principal(user_id=1)
#: What is measured here is not the door.
WITHOUT_LIMIT = AdmissionLimits(1_000_000, 1_000_000)
DELTA = NewEvent("text.delta", {"part_id": "p1.1.1", "delta": "a piece of an answer"})

TOOL_CALL = NewEvent(
    "tool.call",
    {
        "tool_call_id": "call_0123456789abcdef0123456789abcdef",
        "tool_name": "search",
        "input": {
            "rows": [{"id": n, "title": f"The {n}th row of what was found"} for n in range(20)]
        },
        "step": 1,
    },
)


def database(url: str, connections: int) -> Database:
    """A database room whose jobs go nowhere."""
    return Database(DatabaseSettings(url, url, pool_size=connections), NoDispatcher(), sanitizer())


def sanitizer() -> Sanitizer:
    """A sanitizer with a key of its own."""
    return Sanitizer(PseudonymKeys.parse(f"b:{token_hex(32)}"), print)


def make(db: Database, run_ids: list[str], thread_id: str = "bench") -> None:
    """Start runs of one owner and hold their leases, as the executor whose part we play would.

    Without a holder the sweep would wake an executor for each of them every 2 s.
    """
    defaults = RunDefaults("scripted/demo", Caps(), "bench")
    for run_id in run_ids:
        request = RunRequest(run_id, thread_id, "turn", None, {}, None, None, None, "bench")
        with db.transaction() as tx:
            start_run(tx, request, OWNER, defaults, datetime.now(UTC), Origin(), WITHOUT_LIMIT)
            leases.acquire(tx, run_id, "bench", LeasePolicy(ttl_s=3600), "bench")

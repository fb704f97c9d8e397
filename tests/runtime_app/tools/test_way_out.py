"""A tool that asks other machines, through the runner: who is at fault is left alone."""

from collections.abc import Mapping
from typing import Any

from runtime_app.clock import SystemClock
from runtime_app.db.database import Database
from runtime_app.resilience import store as breakers
from runtime_app.resilience.breaker import BreakerPolicy
from runtime_app.resilience.breakers import Breakers
from runtime_app.resilience.fetch_guard import FetchGuard
from runtime_app.tools import store
from runtime_app.tools.adapters.fetched import FETCHED
from runtime_app.tools.context import ToolContext
from runtime_app.tools.registry import Registry
from runtime_app.tools.runner import ToolRunner
from runtime_app.tools.spec import Tool, ToolError, ToolSpec
from runtime_app.tools.task import NewTask
from tests.support.runs import events_after, fresh_run


def unreachable(_arguments: Mapping[str, Any], _context: ToolContext) -> Any:
    raise ToolError("unreachable: no connection to the address")


def test_after_five_faults_the_origin_is_not_asked_and_the_model_is_told(db: Database):
    clock, run_id = SystemClock(), fresh_run(db)
    tool = Tool(ToolSpec("probe", "For tests.", {"type": "object"}), unreachable, FETCHED)
    guard = FetchGuard(db, Breakers(db, clock), BreakerPolicy(), clock)
    runner = ToolRunner(db, Registry([tool]), clock, "worker-1", fetches=guard)
    for n in range(6):
        given = {"url": "https://down.example.com/x"}
        with db.transaction() as tx:
            store.enqueue(tx, NewTask(f"call_{n}", run_id, "probe", given, 5))
        assert runner.execute(f"call_{n}") == "failed"

    told = [
        event.payload["error"] for event in events_after(db, run_id) if event.type == "tool.result"
    ]
    assert all(error.startswith("unreachable") for error in told[:5])
    assert told[5].startswith("provider_failed.breaker_open")
    [breaker] = breakers.breakers(db)
    assert (breaker.key, breaker.state) == ("http|fetch|down.example.com", "open")

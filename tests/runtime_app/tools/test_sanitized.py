"""A tool that is given secrets and gives some back: none is stored, none reaches the model."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from runtime_app.clock import SystemClock
from runtime_app.db.database import Database
from runtime_app.tools import store
from runtime_app.tools.context import ToolContext
from runtime_app.tools.registry import Registry
from runtime_app.tools.runner import ToolRunner
from runtime_app.tools.spec import Tool, ToolError, ToolSpec
from runtime_app.tools.task import NewTask
from tests.support import search
from tests.support.postgres import session
from tests.support.runs import finish, fresh_run, granted
from tests.support.sanitizer import SANITIZER
from tests.support.secrets import planted

GIVEN, FOUND = planted(), planted()
Do = Callable[[Mapping[str, Any], ToolContext], Any]


def gives_back(arguments: Mapping[str, Any], _context: ToolContext) -> Any:
    return {"given": arguments, "found": [FOUND, " and ".join(FOUND.values())]}


def says_no(_arguments: Mapping[str, Any], _context: ToolContext) -> Any:
    raise ToolError("cannot: " + " and ".join(FOUND.values()))


def breaks(_arguments: Mapping[str, Any], _context: ToolContext) -> Any:
    raise ValueError(" and ".join(FOUND.values()))


def executed(db: Database, do: Do, *, end_first: bool = False) -> None:
    """Store a task and let this tool do it."""
    run_id = fresh_run(db)
    task = NewTask("call_1", run_id, "probe", {"keys": GIVEN, "list": list(GIVEN.values())}, 5)
    with db.transaction() as tx:
        store.enqueue(tx, task)

    class Registered(Registry):
        def get(self, name: str) -> Tool | None:
            if end_first:
                finish(db, granted(db, run_id))
            return super().get(name)

    registry = Registered([Tool(ToolSpec("probe", "For tests.", {"type": "object"}), do)])
    ToolRunner(db, registry, SystemClock(), "worker-1").execute("call_1")


@pytest.mark.parametrize("end_first", [False, True], ids=["in time", "late"])
@pytest.mark.parametrize("do", [gives_back, says_no, breaks])
def test_no_column_holds_what_went_in_or_came_out(
    db: Database, database_url: str, do: Do, end_first: bool
) -> None:
    executed(db, do, end_first=end_first)
    with session(database_url) as owner:
        kept = search.columns(owner)
    for secret in (*GIVEN.values(), *FOUND.values()):
        assert search.hits(kept, secret) == []
    assert b"[redacted:" in kept["runtime.tool_tasks.input"]
    assert kept["runtime.tool_tasks.sanitized_by"] == SANITIZER.stamp.encode()


def test_a_tool_gets_its_arguments_as_stored(db: Database, database_url: str) -> None:
    stored = [SANITIZER.text(secret) for secret in GIVEN.values()]
    executed(db, lambda arguments, _context: arguments["list"] == stored)
    with session(database_url) as owner:
        assert owner.rows("select output from runtime.tool_tasks") == [("true",)]

"""TOOLS.md is the template, and what it tells to do works: packed, switched on, called."""

import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from runtime_app.bootstrap.registry import packs_of, registry_of
from runtime_app.clock import SystemClock
from runtime_app.config import Config
from runtime_app.db.database import Database
from runtime_app.tools import store
from runtime_app.tools.packs import GROUP
from runtime_app.tools.registry import Registry
from runtime_app.tools.runner import ToolRunner
from runtime_app.tools.spec import ToolSpec
from runtime_app.tools.task import NewTask
from tests.docs.markdown import PROJECT, document
from tests.support.packs import installed, settings
from tests.support.runs import events_after, fresh_run
from tests.support.sanitizer import SANITIZER

PAGE = document("docs/TOOLS.md")
TEMPLATE = PROJECT / "docs" / "templates" / "tool_pack"
TOOL = "text.reading_time"


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """Of a worker with the pack installed and switched on by the setting that the page names."""
    monkeypatch.syspath_prepend(str(installed(tmp_path, TEMPLATE)))
    [setting] = [block for block in PAGE.blocks("text") if "reading" in block]
    yield registry_of(Config.from_env(settings(setting)), SANITIZER)
    sys.modules.pop("reading_tools", None)


def test_the_page_shows_the_template() -> None:
    assert PAGE.blocks("python") == [(TEMPLATE / "reading_tools.py").read_text()]
    assert PAGE.blocks("toml") == [(TEMPLATE / "pyproject.toml").read_text()]
    assert GROUP in tomllib.loads(PAGE.blocks("toml")[0])["project"]["entry-points"]


def test_it_takes_twenty_lines() -> None:
    lines = [line for line in PAGE.blocks("python")[0].splitlines() if line.strip()]
    assert len(lines) - 1 <= 20, "without the docstring"


def test_the_tool_is_offered_beside_those_of_the_other_pack(registry: Registry) -> None:
    assert {TOOL, "calc", "clock", "http.get"} == set(registry.names)
    assert registry.problem(TOOL, {"text": "a"}, None) is None
    assert registry.problem(TOOL, {}, None) == "arguments: 'text' is a required property"


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [("word " * 690, "succeeded", {"minutes": 3}), ("", "failed", "there is nothing to read")],
)
def test_a_call_of_it_is_carried_out(
    db: Database, registry: Registry, text: str, status: str, said: Any
) -> None:
    run_id = fresh_run(db)
    with db.transaction() as tx:
        store.enqueue(tx, NewTask("call_1", run_id, TOOL, {"text": text}, 5))
    assert ToolRunner(db, registry, SystemClock(), "worker-1").execute("call_1") == status
    payload = events_after(db, run_id, 0)[-1].payload
    assert payload.get("output", payload.get("error")) == said


def test_the_fields_of_a_spec_are_told_and_no_others() -> None:
    told = [row[0].strip("`") for row in PAGE.rows("field")]
    assert sorted(told) == sorted(field.name for field in fields(ToolSpec))


def test_the_packs_are_told_with_their_tools() -> None:
    told = {row[0].strip("`"): row[1] for row in PAGE.rows("pack")}
    assert set(told) == set(packs_of(Config.from_env(settings())))
    for name, tools in told.items():
        made = registry_of(Config.from_env(settings(f"OA_TOOL_PACKS={name}")), SANITIZER)
        assert tools == ", ".join(f"`{tool}`" for tool in made.names)

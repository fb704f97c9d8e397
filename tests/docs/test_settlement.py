"""SETTLEMENT.md has every field, and a worker that has a pack that pays does as it says."""

import logging
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from runtime_app.bootstrap.registry import registry_of
from runtime_app.config import Config
from runtime_app.tools.packs import BadPack
from runtime_app.tools.settlement import RETRY_CLASSES, UNITS, Settlement, Unproven
from tests.docs.markdown import PROJECT, document
from tests.support.packs import installed, settings
from tests.support.sanitizer import SANITIZER

PAGE = document("docs/SETTLEMENT.md")
TEXT = (PROJECT / "docs" / "SETTLEMENT.md").read_text()
PROJECT_FILE = """
[project]
name = "a-shop"
version = "1"

[project.entry-points."openagents_runtime.tool_packs"]
shop = "a_shop:pack"
"""


def worker_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settlement: str):
    """The tools of a worker whose pack `shop` has one tool, with this settlement."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "pyproject.toml").write_text(PROJECT_FILE)
    (source / "a_shop.py").write_text(f"""
from runtime_app.tools.settlement import NotExecuted, Settled, Settlement, Unproven
from runtime_app.tools.spec import Tool, ToolSpec


class shop:
    lookup = staticmethod(lambda key, ref: Unproven.PENDING)


def pack(kit):
    spec = ToolSpec("buy", "Buy it.", {{"type": "object"}}, {settlement})
    return [Tool(spec, lambda arguments, context: None)]
""")
    folder = tmp_path / "installed"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(installed(folder, source)))
    try:
        return registry_of(Config.from_env(settings("OA_TOOL_PACKS=core,shop")), SANITIZER)
    finally:
        sys.modules.pop("a_shop", None)


def test_the_page_has_every_field_and_every_word_that_one_takes() -> None:
    for field in fields(Settlement):
        assert f"| `{field.name}` |" in TEXT
    for word in (*UNITS, *RETRY_CLASSES):
        assert f"`{word}`" in TEXT
    for answer in Unproven:
        assert f".{answer.name}`" in TEXT


def test_what_the_page_tells_to_write_is_taken_and_kept_from_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    [snippet] = PAGE.blocks("text")
    with caplog.at_level(logging.WARNING):
        registry = worker_with(tmp_path, monkeypatch, snippet)
    assert registry.withheld == ("buy",)
    assert set(registry.names) == {"calc", "clock", "http.get"}
    assert "no run has buy" in caplog.text


def test_a_worker_whose_tool_has_no_lookup_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [snippet] = PAGE.blocks("text")
    with pytest.raises(BadPack, match=r"tool pack 'shop', tool 'buy': .* has no lookup"):
        worker_with(tmp_path, monkeypatch, snippet.replace("shop.lookup", "None"))

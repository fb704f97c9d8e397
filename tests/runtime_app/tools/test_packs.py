"""Which packs are on says which tools there are; a pack that cannot be used is refused by name."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from runtime_app.egress.resolver import SystemResolver
from runtime_app.tools.packs import GROUP, BadPack, Kit, Pack, tools_of
from runtime_app.tools.settlement import Settlement, Unproven
from runtime_app.tools.spec import Tool, ToolSpec
from tests.support.egress import way_out
from tests.support.sanitizer import SANITIZER

KIT = Kit(way_out(SystemResolver()), SANITIZER)
OBJECT = {"type": "object"}


def tool(name: str, parameters: Mapping[str, Any] = OBJECT, **more: Any) -> Tool:
    return Tool(ToolSpec(name, "For tests.", parameters, **more), lambda _arguments, _context: 1)


def pack(*tools: Any) -> Pack:
    return lambda _kit: tools


def entry(folder: Path, name: str, body: str) -> None:
    """A distribution with one pack, whose module is this text."""
    (folder / f"pack_{name}.py").write_text(body)
    info = folder / f"pack_{name}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: pack-{name}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{name} = pack_{name}:pack\n")


def names(packs: Mapping[str, Pack], *on: str) -> list[str]:
    return [tool.spec.name for tool in tools_of(on, packs, KIT)]


def test_the_packs_that_are_on_are_there_in_their_order() -> None:
    packs = {"one": pack(tool("a"), tool("b")), "two": pack(tool("c")), "off": pack(tool("d"))}
    assert names(packs, "two", "one") == ["c", "a", "b"]
    assert names(packs) == []


def test_a_pack_of_another_distribution_is_found_by_its_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry(
        tmp_path, "mine", "def pack(kit):\n    assert kit.egress and kit.sanitizer\n    return []"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert names({"ours": pack(tool("a"))}, "mine", "ours") == ["a"]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("import nothing_of_that_name", "cannot be loaded: ModuleNotFoundError"),
        ("def pack(kit):\n    raise ValueError('no key')", r"fails: ValueError\('no key'\)"),
        ("def pack(kit):\n    return 1", "fails: TypeError"),
        ("def pack(kit):\n    return ['calc']", "gives something that is no Tool"),
    ],
)
def test_a_pack_that_fails_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, problem: str
) -> None:
    name = f"bad{abs(hash(body))}"
    entry(tmp_path, name, body)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(BadPack, match=f"tool pack '{name}' {problem}"):
        names({}, name)


def test_a_name_that_no_pack_has_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(BadPack, match=r"there is no tool pack 'githb'; known: core, github"):
        names({"core": pack(), "github": pack()}, "githb")


@pytest.mark.parametrize(
    ("tools", "problem"),
    [
        ((tool("a"), tool("a")), "tool 'a': another pack has a tool of that name"),
        ((tool("a b"),), "tool 'a b': a name is 1 to 64"),
        ((tool("a", {"type": "array"}),), "tool 'a': its parameters are no schema of an object"),
        ((tool("a", {"type": "object", "required": 1}),), "tool 'a': its schema is none"),
        ((tool("a", output={"type": "thing"}),), "tool 'a': its schema is none"),
    ],
)
def test_a_tool_that_cannot_be_offered_is_named(tools: tuple[Tool, ...], problem: str) -> None:
    with pytest.raises(BadPack, match=problem):
        names({"one": pack(*tools)}, "one")


def settlement(**other: Any) -> Settlement:
    """A whole one, but for what is given."""
    whole: dict[str, Any] = {
        "adapter": "shop",
        "unit": "msat",
        "bound": lambda arguments: arguments["at_most"],
        "lookup": lambda _key, _ref: Unproven.PENDING,
        "key_retention_s": 86_400,
    }
    return Settlement(**(whole | other))


@pytest.mark.parametrize(
    ("other", "problem"),
    [
        ({"adapter": ""}, "its settlement names no adapter"),
        ({"unit": "sat"}, "unit of its settlement is one of msat, usd_micros, not 'sat'"),
        ({"bound": None}, "its settlement has no bound"),
        ({"lookup": None}, "its settlement has no lookup"),
        ({"retry_class": "always"}, "retry_class of its settlement is one of .*, not 'always'"),
        ({"key_retention_s": 120}, "needs 0 < not_found_final_after_s < key_retention_s"),
        ({"not_found_final_after_s": 0}, "needs 0 < not_found_final_after_s < key_retention_s"),
    ],
)
def test_a_tool_that_cannot_account_for_its_payments_keeps_a_worker_from_starting(
    other: Mapping[str, Any], problem: str
) -> None:
    with pytest.raises(BadPack, match=f"tool pack 'one', tool 'pay': .*{problem}"):
        names({"one": pack(tool("pay", settlement=settlement(**other)))}, "one")


def test_a_tool_that_settles_is_never_simply_run_again() -> None:
    with pytest.raises(BadPack, match="tool 'pay': it settles, so it is not idempotent"):
        names({"one": pack(tool("pay", settlement=settlement(), idempotent=True))}, "one")


def test_a_tool_that_accounts_for_its_payments_is_taken() -> None:
    assert names({"one": pack(tool("pay", settlement=settlement()))}, "one") == ["pay"]

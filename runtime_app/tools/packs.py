"""Packs: tools that are switched on together. Ours are a table, those of others entry points.

A distribution offers a pack in the group `openagents_runtime.tool_packs`: the entry point's name is
the pack's, and what it leads to is called once, when a worker starts, with a `Kit`, and gives the
tools. Nothing of a pack that is not switched on is imported.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from runtime_app.egress.fetch import Egress
from runtime_app.sanitizer import Sanitizer
from runtime_app.tools.settlement import Settlement
from runtime_app.tools.spec import Tool, ToolSpec

GROUP = "openagents_runtime.tool_packs"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")


class BadPack(Exception):
    """A pack that is switched on and cannot be used; says which, and why."""


@dataclass(frozen=True, slots=True)
class Kit:
    """What a pack may make its tools of.

    Args:
        egress: the way out, to the hosts that the deployment allows.
        sanitizer: hides secrets in what a server sends back.
    """

    egress: Egress
    sanitizer: Sanitizer


Pack = Callable[[Kit], Iterable[Tool]]


def tools_of(names: Iterable[str], ours: Mapping[str, Pack], kit: Kit) -> tuple[Tool, ...]:
    """The tools of the packs that are on, in the order of the packs.

    Args:
        ours: packs of this release; an entry point of the same name is not looked at.

    Raises:
        BadPack: a name that no pack has, a pack that fails, or a tool that cannot be offered.
    """
    tools: dict[str, Tool] = {}
    for name in names:
        for tool in _made(name, ours.get(name) or _installed(name, ours), kit):
            taken = tool.spec.name in tools
            problem = "another pack has a tool of that name" if taken else _problem(tool)
            if problem is not None:
                raise BadPack(f"tool pack {name!r}, tool {tool.spec.name!r}: {problem}")
            tools[tool.spec.name] = tool
    return tuple(tools.values())


def _installed(name: str, ours: Mapping[str, Pack]) -> Pack:
    found = entry_points(group=GROUP)
    for entry in found.select(name=name):
        try:
            pack: Pack = entry.load()
        except Exception as error:
            raise BadPack(f"tool pack {name!r} cannot be loaded: {error!r}") from error
        return pack
    known = ", ".join(sorted({*ours, *found.names}))
    raise BadPack(f"there is no tool pack {name!r}; known: {known}")


def _made(name: str, pack: Pack, kit: Kit) -> list[Tool]:
    try:
        made = list(pack(kit))
    except Exception as error:
        raise BadPack(f"tool pack {name!r} fails: {error!r}") from error
    if not all(isinstance(tool, Tool) for tool in made):
        raise BadPack(f"tool pack {name!r} gives something that is no Tool")
    return made


def _problem(tool: Tool) -> str | None:
    """Why a tool cannot be offered to a model."""
    spec = tool.spec
    if _NAME.match(spec.name) is None:
        return "a name is 1 to 64 of A-Z a-z 0-9 _ . -"
    if not spec.description:
        return "it has no description"
    if spec.parameters.get("type") != "object":
        return "its parameters are no schema of an object"
    try:
        Draft202012Validator.check_schema(dict(spec.parameters))
        Draft202012Validator.check_schema(dict(spec.output))
    except SchemaError as error:
        return f"its schema is none: {error.message}"
    return None if spec.settlement is None else _unaccountable(spec, spec.settlement)


def _unaccountable(spec: ToolSpec, settlement: Settlement) -> str | None:
    """Why a tool that moves money cannot be trusted with any."""
    if spec.idempotent:
        return "it settles, so it is not idempotent: a call that died is looked up, not run again"
    return settlement.problem()

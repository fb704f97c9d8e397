"""What a tool is: a description that a model reads, and a callable that does it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from runtime_app.egress.allowlist import NO_HOST, Allowlist
from runtime_app.tools.context import ToolContext
from runtime_app.tools.outside import Outside
from runtime_app.tools.settlement import Settlement


class ToolError(Exception):
    """The tool says no; its message goes to the model."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most so many calls within so many seconds, of all tools that name it."""

    name: str
    calls: int
    per_s: float


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as the model sees it.

    Args:
        parameters: JSON Schema of the arguments, an object.
        output: JSON Schema of what it returns; an output that is not so fails the call.
        timeout_s: after which the call is stopped, whatever it does, and has timed out.
        idempotent: whether a call may run again when its worker died in the middle.
        egress: the hosts that the tool may ask; empty for a tool that stays inside.
        output_limit_bytes: of the output as canonical JSON; of one that is larger the log gets the
            beginning, and the artifact store the whole.
        memory_bytes: what one call may use.
        writes: whether it changes something elsewhere; then only a run whose policy allows it by
            name may use it.
        rate: how often it may be called; a call beyond that fails, and says when to try again.
        settlement: there where a call can move money.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    timeout_s: float = 30
    idempotent: bool = False
    egress: Allowlist = NO_HOST
    output_limit_bytes: int = 65_536
    output: Mapping[str, Any] = field(default_factory=dict)
    memory_bytes: int = 512 * 2**20
    writes: bool = False
    rate: Rate | None = None
    settlement: Settlement | None = None


Adapter = Callable[[Mapping[str, Any], ToolContext], Any]


@dataclass(frozen=True, slots=True)
class Tool:
    """A spec and what does it: JSON in, JSON out, `ToolError` when it cannot.

    `outside` is there where its calls ask others, and are to be let out by their breakers.
    """

    spec: ToolSpec
    adapter: Adapter
    outside: Outside | None = None

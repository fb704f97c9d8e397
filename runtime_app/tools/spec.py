"""What a tool is: a description that a model reads, and a callable that does it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from runtime_app.egress.allowlist import NO_HOST, Allowlist


class ToolError(Exception):
    """The tool says no; its message goes to the model."""


@dataclass(frozen=True, slots=True)
class ToolContext:
    """What a tool may know of its call.

    Args:
        trace_headers: what a tool that calls out sends along, so that the trace goes on there.
    """

    tool_call_id: str
    now: datetime
    trace_headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as the model sees it.

    Args:
        parameters: JSON Schema of the arguments, an object.
        timeout_s: after which the call counts as timed out.
        idempotent: whether a call may run again when its worker died in the middle.
        egress: the hosts that the tool may ask; empty for a tool that stays inside.
        output_limit_bytes: of the output as canonical JSON; one that is larger fails the call.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    timeout_s: float = 30
    idempotent: bool = False
    egress: Allowlist = NO_HOST
    output_limit_bytes: int = 65_536


Adapter = Callable[[Mapping[str, Any], ToolContext], Any]


@dataclass(frozen=True, slots=True)
class Tool:
    """A spec and what does it: JSON in, JSON out, `ToolError` when it cannot."""

    spec: ToolSpec
    adapter: Adapter

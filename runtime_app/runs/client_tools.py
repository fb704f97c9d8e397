"""Client-side tools: declared with a run, offered to its model, answered by its client.

Pure. A declaration is kept in `run.accepted`; its schema as canonical text, for the names of
parameters (`password`) are no secrets, and under such a key the sanitizer leaves nothing as it was.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runtime_app.canonical import canonical
from runtime_app.errors import InvalidRequest
from runtime_app.runs import foreign_schema

#: What model APIs take as a name.
NAME_PATTERN = r"^[A-Za-z0-9_-]{1,64}$"
MOST_TOOLS = 32
MOST_DESCRIPTION_CHARS = 1024
#: Of all declarations of a run, as canonical JSON: every prompt carries them.
MOST_BYTES = 32_768
LONGEST_S = 86_400
#: Of an answer, as canonical JSON.
MOST_OUTPUT_BYTES = 65_536
MOST_ERROR_CHARS = 8192
#: What the tools of this release are called; `tests/runtime_app/runs` holds it to the registry.
SERVER_NAMES = frozenset(
    {"calc", "clock", "http.get", "github.comment", "github.issue", "github.pull_request"}
)


@dataclass(frozen=True, slots=True)
class ClientTool:
    """One of them.

    Args:
        parameters: JSON Schema of the arguments, an object.
        timeout_s: how long a call waits for its answer.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    timeout_s: int


def declared(
    given: Sequence[Mapping[str, Any]],
    policy: Mapping[str, Any] | None,
    usual_timeout_s: int,
    taken: Collection[str] = SERVER_NAMES,
) -> tuple[ClientTool, ...]:
    """The tools of a start request, whose fields have the types that the contract says.

    Args:
        taken: names of the server's tools; what a model API makes of them counts too.

    Raises:
        InvalidRequest: with the path of the field.
    """
    sent = {_as_sent(name) for name in taken}
    tools: dict[str, ClientTool] = {}
    for index, each in enumerate(given):
        field, name = f"client_tools.{index}", each["name"]
        if name in sent:
            raise InvalidRequest.field(f"{field}.name", f"is a tool of the server: {name}")
        if name in tools:
            raise InvalidRequest.field(f"{field}.name", f"stands twice: {name}")
        if not _allowed(name, policy):
            raise InvalidRequest.field(f"{field}.name", f"is not allowed by tool_policy: {name}")
        parameters = {key: value for key, value in each["parameters"].items() if key != "$schema"}
        if (problem := foreign_schema.refusal(parameters)) is not None:
            raise InvalidRequest.field(f"{field}.parameters", problem)
        timeout_s = each.get("timeout_s", usual_timeout_s)
        tools[name] = ClientTool(name, each["description"], parameters, timeout_s)
    found = tuple(tools.values())
    if len(canonical(written(found)).encode()) > MOST_BYTES:
        raise InvalidRequest.field("client_tools", f"must be at most {MOST_BYTES} bytes in all")
    return found


def written(tools: Iterable[ClientTool]) -> list[dict[str, Any]]:
    """The tools as `run.accepted` has them."""
    return [
        {
            "name": tool.name,
            "description": tool.description,
            "parameters": canonical(dict(tool.parameters)),
            "timeout_s": tool.timeout_s,
        }
        for tool in tools
    ]


def read(stored: Iterable[Mapping[str, Any]]) -> tuple[ClientTool, ...]:
    """The tools that `written` wrote."""
    return tuple(
        ClientTool(
            each["name"], each["description"], json.loads(each["parameters"]), each["timeout_s"]
        )
        for each in stored
    )


def as_given(tools: Iterable[ClientTool]) -> list[dict[str, Any]]:
    """The tools as a start request would declare them."""
    return [{**each, "parameters": json.loads(each["parameters"])} for each in written(tools)]


def named(tools: Iterable[ClientTool], name: str) -> ClientTool | None:
    """The tool of that name, or None."""
    return next((tool for tool in tools if tool.name == name), None)


def problem(tool: ClientTool, arguments: Mapping[str, Any] | None) -> str | None:
    """Why a call cannot be made, in words for the model; None when it can."""
    if arguments is None:
        return "the arguments are not a JSON object"
    return foreign_schema.first_problem(tool.parameters, arguments)


def shadows(tools: Iterable[ClientTool], server_name: str) -> bool:
    """Whether a model API would take one of them for the server's tool of that name."""
    return named(tools, _as_sent(server_name)) is not None


def _as_sent(name: str) -> str:
    """As in `providers.tool_names`: model APIs know no dots."""
    return name.replace(".", "_")


def _allowed(name: str, policy: Mapping[str, Any] | None) -> bool:
    if policy is None:
        return True
    allowed = policy.get("allow")
    return (allowed is None or name in allowed) and name not in (policy.get("deny") or ())

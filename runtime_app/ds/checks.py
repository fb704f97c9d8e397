"""What an answer has to keep beside its schema: pure, each a function from both to problems."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator

from runtime_app.canonical import NotCanonical, strict_loads
from runtime_app.ds.documents import Documents
from runtime_app.ds.shapes import Schema

MOST_PROBLEMS = 5


@dataclass(frozen=True, slots=True)
class Given:
    """What an answer is compared with: the call's params, and what was read of its documents."""

    params: Mapping[str, Any]
    documents: Documents


Check = Callable[[Given, Mapping[str, Any]], str | None]


class Unfit(ValueError):
    """An answer that is not what was asked for; `problems` may be shown to the model."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


def parsed(text: str) -> Any:
    """The JSON value of an answer; a fence of Markdown around it is taken off.

    Raises:
        Unfit: it is none that canonical JSON can carry.
    """
    bare = text.strip()
    if bare.startswith("```") and bare.endswith("```") and "\n" in bare:
        bare = bare[bare.index("\n") : -3]
    try:
        return strict_loads(bare.encode("utf-8", "surrogatepass"))
    except NotCanonical as error:
        raise Unfit([f"expected one JSON object: {str(error)[:300]}"]) from error


def fitting(value: Any, schema: Schema, checks: Sequence[str], given: Given) -> Any:
    """`value`, which fits its schema and keeps the checks.

    Raises:
        Unfit: with up to 5 problems.
    """
    faults = Draft202012Validator(dict(schema)).iter_errors(value)
    problems = [f"{each.json_path}: {each.message[:300]}" for each in faults]
    if not problems:
        found = (CHECKS[name](given, value) for name in checks)
        problems = [problem for problem in found if problem is not None]
    if problems:
        raise Unfit(problems[:MOST_PROBLEMS])
    return value


def _tool(given: Given, name: str) -> Mapping[str, Any] | None:
    return next((tool for tool in given.params["tools"] if tool["name"] == name), None)


def _tool_is_given(given: Given, output: Mapping[str, Any]) -> str | None:
    if _tool(given, output["tool_name"]) is not None:
        return None
    names = ", ".join(tool["name"] for tool in given.params["tools"])
    return f"$.tool_name: expected one of {names or 'no tools'}"[:300]


def _arguments_fit_tool(given: Given, output: Mapping[str, Any]) -> str | None:
    tool = _tool(given, output["tool_name"])
    if tool is None:
        return None
    faults = Draft202012Validator(dict(tool["parameters"])).iter_errors(output["arguments"])
    fault = next(iter(faults), None)
    return fault and f"$.arguments{fault.json_path[1:]}: {fault.message[:300]}"


def _citations_were_read(given: Given, output: Mapping[str, Any]) -> str | None:
    for number, each in enumerate(output["citations"]):
        place = (each["doc"], each["start"], each["end"])
        if not given.documents.was_read(*place):
            return f"$.citations[{number}]: that place was not read"
        if given.documents.text(*place) != each["quote"]:
            return f"$.citations[{number}].quote: is not what stands there"
    return None


def _item_index_is_given(given: Given, output: Mapping[str, Any]) -> str | None:
    expected = given.params["item_index"]
    return None if output["item_index"] == expected else f"$.item_index: expected {expected}"


def _item_count_is_given(given: Given, output: Mapping[str, Any]) -> str | None:
    expected = len(given.params["mapped_items"])
    return None if output["item_count"] == expected else f"$.item_count: expected {expected}"


CHECKS: Mapping[str, Check] = {
    "tool_is_given": _tool_is_given,
    "arguments_fit_tool": _arguments_fit_tool,
    "citations_were_read": _citations_were_read,
    "item_index_is_given": _item_index_is_given,
    "item_count_is_given": _item_count_is_given,
}

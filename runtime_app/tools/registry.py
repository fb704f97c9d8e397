"""The tools of a process, by name, and whether a call of one can be made."""

from collections.abc import Iterable, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from runtime_app.tools.adapters import calc, clock
from runtime_app.tools.spec import Tool

_MAX_MESSAGE = 400

#: Those that need nothing; a worker has the tools of the packs that are on.
BUILT_IN: tuple[Tool, ...] = (calc.TOOL, clock.TOOL)


class Registry:
    """Tools by name.

    One that settles is in none: no money can be held for its calls, and a call of it that nothing
    is held for is never made.
    """

    def __init__(self, tools: Iterable[Tool] = BUILT_IN) -> None:
        given = {tool.spec.name: tool for tool in tools}
        self._tools = {name: tool for name, tool in given.items() if not tool.spec.settlement}
        self.withheld = tuple(name for name in given if name not in self._tools)
        self._validators = {
            name: Draft202012Validator(dict(tool.spec.parameters))
            for name, tool in self._tools.items()
        }
        self._output_validators = {
            name: Draft202012Validator(dict(tool.spec.output))
            for name, tool in self._tools.items()
            if tool.spec.output
        }

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all tools."""
        return tuple(self._tools)

    def get(self, name: str) -> Tool | None:
        """The tool of that name, or None."""
        return self._tools.get(name)

    def offered(self, policy: Mapping[str, Any] | None) -> tuple[Tool, ...]:
        """The tools that a run may use under its policy (`allow`, `deny`: lists of names).

        One that writes must be allowed by name.
        """
        allowed = None if policy is None else policy.get("allow")
        denied = () if policy is None else policy.get("deny") or ()
        return tuple(
            tool
            for name, tool in self._tools.items()
            if (not tool.spec.writes if allowed is None else name in allowed) and name not in denied
        )

    def problem(
        self,
        name: str,
        arguments: Mapping[str, Any] | None,
        policy: Mapping[str, Any] | None,
        beside: Iterable[str] = (),
    ) -> str | None:
        """Why a call cannot be made, in words for the model; None when it can.

        Args:
            beside: names of what else the model was offered.
        """
        names = [tool.spec.name for tool in self.offered(policy)]
        if name not in names:
            available = ", ".join([*names, *beside]) or "none"
            return f"there is no tool {name!r}; available: {available}"
        if arguments is None:
            return "the arguments are not a JSON object"
        return _first_problem(self._validators[name], dict(arguments), "arguments")

    def output_problem(self, name: str, output: Any) -> str | None:
        """Why an output is not what the tool's spec promises; None when it is."""
        validator = self._output_validators.get(name)
        return None if validator is None else _first_problem(validator, output, "output")


def _first_problem(validator: Draft202012Validator, value: Any, whole: str) -> str | None:
    errors = sorted(validator.iter_errors(value), key=_order)
    if not errors:
        return None
    first = errors[0]
    place = ".".join(str(step) for step in first.absolute_path) or whole
    return f"{place}: {_short(first.message)}"


def _order(error: ValidationError) -> tuple[str, str]:
    return ".".join(map(str, error.absolute_path)), error.message


def _short(message: str) -> str:
    """The message quotes what was given, and says at its end what is wrong with it."""
    if len(message) <= _MAX_MESSAGE:
        return message
    return f"{message[: _MAX_MESSAGE // 2]} … {message[-_MAX_MESSAGE // 2 :]}"

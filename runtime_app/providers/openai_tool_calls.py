"""Tool calls that arrive in fragments, put together by their index."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runtime_app.providers.errors import ProviderError
from runtime_app.providers.json_fields import malformed, object_at, text_in
from runtime_app.providers.outcome import Outcome
from runtime_app.providers.provider import ToolCall
from runtime_app.providers.tool_arguments import tool_call


@dataclass(slots=True)
class _Partial:
    index: int | None
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)


class ToolCallFragments:
    """The calls of one answer while they arrive, interleaved or not.

    A fragment belongs to the newest call with its index. Some servers number every call 0, or not
    at all: there, another id begins another call, and a fragment with neither continues the last.
    """

    def __init__(self) -> None:
        self._calls: list[_Partial] = []

    def feed(self, fragment: Mapping[str, Any]) -> None:
        """Add one element of a delta's `tool_calls`.

        Raises:
            ProviderError: provider_fault; a field has the wrong type.
        """
        function = object_at(fragment.get("function") or {}, "tool_calls[].function")
        call_id = text_in(fragment, "id")
        call = self._call_for(fragment.get("index"), call_id)
        call.id = call.id or call_id
        call.name = call.name or text_in(function, "name")
        call.arguments.append(text_in(function, "arguments"))

    def whole(self) -> list[ToolCall]:
        """The calls in the order they began.

        Raises:
            ProviderError: provider_fault; a call never got a name.
        """
        return [
            _whole(call, call.id or f"call_{ordinal}")
            for ordinal, call in enumerate(self._calls, start=1)
        ]

    def _call_for(self, index: object, call_id: str) -> _Partial:
        if index is not None and not isinstance(index, int):
            raise malformed("tool_calls[].index", "a whole number", index)
        for call in reversed(self._calls):
            if index is not None and call.index != index:
                continue
            if call_id and call.id and call.id != call_id:
                break
            return call
        started = _Partial(index)
        self._calls.append(started)
        return started


def _whole(call: _Partial, call_id: str) -> ToolCall:
    if not call.name:
        raise ProviderError(
            Outcome.PROVIDER_FAULT, f"expected a name for the tool call {call_id}, found none"
        )
    return tool_call(call_id, call.name, "".join(call.arguments))

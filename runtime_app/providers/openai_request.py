"""Our request in the words of the OpenAI chat-completions API: pure."""

import json
from collections.abc import Callable
from typing import Any, Literal

from runtime_app.providers.errors import ProviderError
from runtime_app.providers.outcome import Outcome
from runtime_app.providers.provider import Message, ModelRequest, ToolCall, ToolDefinition
from runtime_app.providers.response_schema import ResponseSchema
from runtime_app.providers.tool_names import sent_name

OutputLimitField = Literal["max_completion_tokens", "max_tokens"]


def request_body(request: ModelRequest, output_limit_field: OutputLimitField) -> dict[str, Any]:
    """The JSON body of a streamed completion with usage.

    Args:
        output_limit_field: what the server calls the bound on the answer.

    Raises:
        ProviderError: caller_fault; a message has an unknown role, or a tool turn names no call.
    """
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [_message(message) for message in request.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    if request.max_output_tokens is not None:
        body[output_limit_field] = request.max_output_tokens
    if request.response_schema is not None:
        body["response_format"] = _format(request.response_schema)
    return body


def _message(message: Message) -> dict[str, Any]:
    write = _WRITERS.get(message.role)
    if write is None:
        raise ProviderError(
            Outcome.CALLER_FAULT,
            f"expected a role of {', '.join(_WRITERS)}; found {message.role!r}",
        )
    return write(message)


def _plain(message: Message) -> dict[str, Any]:
    return {"role": message.role, "content": message.text}


def _assistant(message: Message) -> dict[str, Any]:
    if not message.tool_calls:
        return _plain(message)
    return {
        "role": "assistant",
        "content": message.text or None,
        "tool_calls": [_call(call) for call in message.tool_calls],
    }


def _tool_answer(message: Message) -> dict[str, Any]:
    if message.tool_call_id is None:
        raise ProviderError(
            Outcome.CALLER_FAULT, "expected a tool message to name its call, found none"
        )
    return {"role": "tool", "tool_call_id": message.tool_call_id, "content": message.text}


_WRITERS: dict[str, Callable[[Message], dict[str, Any]]] = {
    "system": _plain,
    "user": _plain,
    "assistant": _assistant,
    "tool": _tool_answer,
}


def _call(call: ToolCall) -> dict[str, Any]:
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": sent_name(call.name), "arguments": _arguments(call)},
    }


def _arguments(call: ToolCall) -> str:
    if call.arguments is None:
        # Servers parse past arguments to build their prompt: one bad call, repeated in the
        # history, would fail every later request. The tool's answer says what was wrong.
        return "{}"
    return call.raw if call.raw.strip() else json.dumps(call.arguments)


def _format(wanted: ResponseSchema) -> dict[str, Any]:
    schema = {"name": wanted.name, "schema": dict(wanted.schema), "strict": wanted.strict}
    return {"type": "json_schema", "json_schema": schema}


def _tool(tool: ToolDefinition) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {
            "name": sent_name(tool.name),
            "description": tool.description,
            "parameters": dict(tool.parameters),
        },
    }

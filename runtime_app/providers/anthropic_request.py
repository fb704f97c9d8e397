"""Our request in the words of Anthropic's messages API: pure.

Turns alternate there between user and assistant. So neighbours that speak for the same side become
one turn, tool answers are blocks of a user's turn, and what a system message says in the middle of
a conversation stands where it was said, among the user's blocks.
"""

from collections.abc import Callable
from typing import Any

from runtime_app.providers.errors import ProviderError
from runtime_app.providers.outcome import Outcome
from runtime_app.providers.provider import Message, ModelRequest, ToolDefinition
from runtime_app.providers.tool_names import sent_name

DEFAULT_OUTPUT_TOKENS = 8192
#: The API refuses a text of nothing but white space.
BLANK = "(no text)"

Block = dict[str, Any]


def request_body(request: ModelRequest, output_tokens: int = DEFAULT_OUTPUT_TOKENS) -> Block:
    """The JSON body of a streamed message.

    Args:
        output_tokens: the bound on the answer where the request has none.

    Raises:
        ProviderError: caller_fault; a message has an unknown role, or a tool turn names no call.
    """
    opening = next(
        (at for at, message in enumerate(request.messages) if message.role != "system"),
        len(request.messages),
    )
    system = "\n\n".join(message.text for message in request.messages[:opening])
    body: Block = {
        "model": request.model,
        "max_tokens": request.max_output_tokens or output_tokens,
        "messages": _turns(request.messages[opening:]),
        "stream": True,
    }
    if system.strip():
        body["system"] = system
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    if request.response_schema is not None:
        schema = dict(request.response_schema.schema)
        body["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
    return body


def _turns(messages: tuple[Message, ...]) -> list[Block]:
    turns: list[Block] = []
    for message in messages:
        write = _WRITERS.get(message.role)
        if write is None:
            raise ProviderError(
                Outcome.CALLER_FAULT,
                f"expected a role of {', '.join(_WRITERS)}; found {message.role!r}",
            )
        blocks = write(message)
        side = "assistant" if message.role == "assistant" else "user"
        if turns and turns[-1]["role"] == side:
            turns[-1]["content"] += blocks
        elif blocks:
            turns.append({"role": side, "content": blocks})
    return turns


def _text(message: Message) -> list[Block]:
    return [{"type": "text", "text": message.text if message.text.strip() else BLANK}]


def _assistant(message: Message) -> list[Block]:
    calls = [
        {
            "type": "tool_use",
            "id": call.id,
            "name": sent_name(call.name),
            "input": dict(call.arguments or {}),
        }
        for call in message.tool_calls
    ]
    return [*(_text(message) if message.text.strip() else []), *calls]


def _tool_answer(message: Message) -> list[Block]:
    if message.tool_call_id is None:
        raise ProviderError(
            Outcome.CALLER_FAULT, "expected a tool message to name its call, found none"
        )
    return [
        {"type": "tool_result", "tool_use_id": message.tool_call_id, "content": message.text},
    ]


_WRITERS: dict[str, Callable[[Message], list[Block]]] = {
    "system": _text,
    "user": _text,
    "assistant": _assistant,
    "tool": _tool_answer,
}


def _tool(tool: ToolDefinition) -> Block:
    return {
        "name": sent_name(tool.name),
        "description": tool.description,
        "input_schema": dict(tool.parameters),
    }

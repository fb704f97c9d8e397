"""From a run's state to the request that its model gets: pure, the same every time."""

from collections.abc import Mapping, Sequence

from runtime_app.executor.state import RunState
from runtime_app.providers.provider import Message, ModelRequest, ToolDefinition
from runtime_app.tools.spec import Tool


def build(
    state: RunState,
    model: str,
    system: str,
    tools: Sequence[Tool],
    headers: Mapping[str, str],
) -> ModelRequest:
    """The system prompt, then the conversation in order; the tools that the run may use."""
    return ModelRequest(
        model=model,
        messages=(Message("system", system), *state.messages),
        tools=tuple(
            ToolDefinition(tool.spec.name, tool.spec.description, tool.spec.parameters)
            for tool in tools
        ),
        headers=headers,
    )

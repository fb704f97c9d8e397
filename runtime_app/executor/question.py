"""What a run's model is asked next, with the tools that it may be offered."""

from collections.abc import Sequence
from dataclasses import replace

from runtime_app.executor.prompt import PromptBuilder
from runtime_app.executor.settings import ExecutorSettings
from runtime_app.fold.state import RunState
from runtime_app.providers.provider import ModelRequest
from runtime_app.sanitizer import Sanitizer
from runtime_app.tools.registry import Registry
from runtime_app.tools.spec import Tool


def question(
    state: RunState, settings: ExecutorSettings, registry: Registry, sanitizer: Sanitizer
) -> ModelRequest:
    """The request for the model of `state`, all but its name and the headers."""
    tools: Sequence[Tool] = ()
    if settings.abilities.takes_tools(state.model):
        tools = registry.offered(state.tool_policy)
    else:
        state = replace(state, client_tools=())
    budgets = settings.abilities.budgets
    return PromptBuilder(settings.system_prompt, budgets, sanitizer).build(state, "", tools, {})

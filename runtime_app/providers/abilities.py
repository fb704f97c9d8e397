"""What models can take: how long a prompt, and whether tools; as the settings say."""

from dataclasses import dataclass

from runtime_app.providers.prompt_budget import USUAL_BUDGETS, PromptBudgets, request_tokens
from runtime_app.providers.provider import ModelRequest


@dataclass(frozen=True, slots=True)
class Abilities:
    """Of all models.

    Args:
        toolless: beginnings of the ids of models that take no tools.
    """

    budgets: PromptBudgets = USUAL_BUDGETS
    toolless: tuple[str, ...] = ()

    def takes_tools(self, model_id: str) -> bool:
        """Whether tools may be offered to a model, `provider/name`."""
        return not model_id.startswith(self.toolless)

    def suit(self, model_id: str, request: ModelRequest) -> bool:
        """Whether a model can take a request that was made for another, all of it."""
        told = any(message.tool_calls or message.role == "tool" for message in request.messages)
        tools = bool(request.tools) or told
        fits = request_tokens(request) <= self.budgets.of(model_id)
        return fits and (self.takes_tools(model_id) or not tools)


USUAL = Abilities()


def beginnings(text: str) -> tuple[str, ...]:
    """Read `openai/o1-mini,openai/gpt-3`.

    Raises:
        ValueError: says what was expected.
    """
    found = tuple(part.strip() for part in text.split(","))
    if not all("/" in part for part in found):
        raise ValueError("must be beginnings of model ids, provider/name, with commas between")
    return found

"""How much a prompt may be, in tokens, by an estimate that is the same everywhere and asks nobody.

A token is counted for every three bytes of UTF-8, which is more than models count for prose and
about what they count for JSON; and a few for each message and tool, for what frames them.
"""

from dataclasses import dataclass

from runtime_app.canonical import canonical
from runtime_app.providers.provider import Message, ModelRequest, ToolDefinition

BYTES_PER_TOKEN = 3
#: For what frames a message, a call or a tool.
FRAME_TOKENS = 8
#: The least budget that leaves room for a conversation beside the opening and the tools.
LEAST_BUDGET = 2000


@dataclass(frozen=True, slots=True)
class PromptBudgets:
    """The most tokens of a prompt.

    Args:
        usual: for models that are not named.
        by_model: beginnings of model ids with their own budget; the longest that fits counts.
    """

    usual: int = 100_000
    by_model: tuple[tuple[str, int], ...] = ()

    @classmethod
    def parse(cls, text: str) -> "PromptBudgets":
        """Read `100000,openai/gpt-4=7000`.

        Raises:
            ValueError: says what was expected.
        """
        usual, *named = (part.strip() for part in text.split(","))
        pairs = [part.partition("=") for part in named]
        return cls(_budget(usual), tuple((model.strip(), _budget(n)) for model, _, n in pairs))

    def of(self, model_id: str) -> int:
        """The budget of a model, `provider/name`."""
        own = [pair for pair in self.by_model if model_id.startswith(pair[0])]
        return max(own, key=lambda pair: len(pair[0]))[1] if own else self.usual


USUAL_BUDGETS = PromptBudgets()


def _budget(text: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdecimal() and LEAST_BUDGET <= int(text) <= 10_000_000):
        raise ValueError(
            f"must be a whole number of {LEAST_BUDGET} or more, then model=number for those that "
            f"have their own, with commas between; not {text!r}"
        )
    return int(text)


def text_tokens(text: str) -> int:
    """The estimate for a text alone."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // BYTES_PER_TOKEN)


def message_tokens(message: Message) -> int:
    """The estimate for a message with its calls."""
    calls = (FRAME_TOKENS + text_tokens(call.name + call.raw) for call in message.tool_calls)
    return FRAME_TOKENS + text_tokens(message.text) + sum(calls)


def tool_tokens(tool: ToolDefinition) -> int:
    """The estimate for a tool that is offered."""
    told = tool.name + tool.description + canonical(dict(tool.parameters))
    return FRAME_TOKENS + text_tokens(told)


def request_tokens(request: ModelRequest) -> int:
    """The estimate for a whole request."""
    return sum(map(message_tokens, request.messages)) + sum(map(tool_tokens, request.tools))


def cut(text: str, most_tokens: int) -> str:
    """`text` within its estimate: its beginning and its end, and how much is missing between."""
    if text_tokens(text) <= most_tokens:
        return text
    encoded = text.encode("utf-8", "surrogatepass")
    gap = f"\n[… {len(text)} characters, shortened …]\n"
    room = most_tokens * BYTES_PER_TOKEN - len(gap.encode())
    if room <= 0:
        return _decoded(encoded[: max(0, most_tokens * BYTES_PER_TOKEN)])
    tail = room // 3
    return _decoded(encoded[: room - tail]) + gap + _decoded(encoded[len(encoded) - tail :])


def _decoded(piece: bytes) -> str:
    return piece.decode("utf-8", "ignore")

"""Conversations of every shape, as a run's state holds them."""

from hypothesis import strategies as st

from runtime_app.canonical import canonical
from runtime_app.providers.provider import Message, ToolCall

_TEXTS = st.one_of(
    st.text(max_size=40),
    st.integers(1, 12_000).map(lambda n: "wört " * n),
)


def called(number: int, *results: str) -> list[Message]:
    """An assistant's turn with a call for each result, and the answers."""
    calls = tuple(
        ToolCall(f"call_{number}_{nth}", "http.get", {"nth": nth}, canonical({"nth": nth}))
        for nth in range(len(results))
    )
    answers = (Message("tool", r, tool_call_id=c.id) for r, c in zip(results, calls, strict=True))
    return [Message("assistant", "", calls), *answers]


@st.composite
def conversations(draw: st.DrawFn) -> tuple[Message, ...]:
    """Turns with notes and tool calls; the last turn has been asked and not been answered."""
    messages: list[Message] = []
    turns = draw(st.integers(1, 6))
    for turn in range(turns):
        if draw(st.booleans()):
            messages.append(Message("system", "Context: " + draw(_TEXTS)))
        messages.append(Message("user", f"question {turn}: {draw(_TEXTS)}"))
        for _ in range(draw(st.integers(0, 3))):
            results = draw(st.lists(_TEXTS, min_size=1, max_size=4))
            messages += called(len(messages), *results)
        if turn < turns - 1:
            messages.append(Message("assistant", draw(_TEXTS)))
    return tuple(messages)

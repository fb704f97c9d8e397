"""Whether a turn goes round in circles: its steps ask for the same again and learn nothing. Pure.

A round is a step that called tools. Only the open turn counts, since a user may well ask for the
same twice. A call is its tool and its arguments; it is the same round when every call and every
result is the same, so a result that changes is progress, and a call that was never made before is
too.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from runtime_app.fold.state import RunState
from runtime_app.providers.provider import Message


@dataclass(frozen=True, slots=True)
class Outcome:
    """A call, and what came of it."""

    tool: str
    arguments: str
    result: str


@dataclass(frozen=True, slots=True)
class Round:
    """What a step's calls came to; `invalid` when none of them could be made as it stood."""

    outcomes: frozenset[Outcome]
    invalid: bool = False


@dataclass(frozen=True, slots=True)
class Pattern:
    """One way to go round in circles.

    Args:
        times: how many rounds it has gone on for, up to the newest.
        warning: from how many on it is told, once a turn.
        critical: from how many on it ends the run.
    """

    name: str
    times: Callable[[Sequence[Round]], int]
    warning: int
    critical: int


@dataclass(frozen=True, slots=True)
class Loop:
    """A pattern that has been found, with the tools of its newest round."""

    pattern: str
    times: int
    tools: tuple[str, ...]


def critical(state: RunState) -> Loop | None:
    """The first pattern of the table that ends the run, or None."""
    return _first(state, lambda pattern: pattern.critical, PATTERNS)


def warning(state: RunState) -> Loop | None:
    """The first pattern of the table that this turn has not been warned of, or None."""
    untold = [pattern for pattern in PATTERNS if pattern.name not in state.loops_told]
    return _first(state, lambda pattern: pattern.warning, untold)


def rounds(messages: Sequence[Message], invalid_calls: Iterable[str] = ()) -> list[Round]:
    """The rounds since the user has last spoken, oldest first; calls without a result are left out.

    Args:
        invalid_calls: ids of the calls that could not be made as they stood.
    """
    turn = _turn(messages)
    results = {message.tool_call_id: message.text for message in turn if message.role == "tool"}
    invalid = frozenset(invalid_calls)
    return [
        Round(
            frozenset(
                Outcome(call.name, call.raw, results[call.id])
                for call in message.tool_calls
                if call.id in results
            ),
            invalid.issuperset(call.id for call in message.tool_calls),
        )
        for message in turn
        if message.tool_calls
    ]


def _turn(messages: Sequence[Message]) -> Sequence[Message]:
    for at in range(len(messages) - 1, -1, -1):
        if messages[at].role == "user":
            return messages[at + 1 :]
    return messages


def _first(
    state: RunState, least: Callable[[Pattern], int], patterns: Iterable[Pattern]
) -> Loop | None:
    seen = rounds(state.messages, state.invalid_calls)
    for pattern in patterns if seen else ():
        times = pattern.times(seen)
        if times >= least(pattern):
            tools = tuple(sorted({outcome.tool for outcome in seen[-1].outcomes}))
            return Loop(pattern.name, times, tools)
    return None


def _repeated(seen: Sequence[Round]) -> int:
    """The same round again and again."""
    return _while(each == seen[-1] for each in reversed(seen))


def _alternated(seen: Sequence[Round]) -> int:
    """Two rounds in turn."""
    if len(seen) < 2 or seen[-1] == seen[-2]:
        return 0
    return 2 + _while(now == then for now, then in zip(seen[-3::-1], seen[::-1], strict=False))


def _polled(seen: Sequence[Round]) -> int:
    """A call that always comes to the same, with others in between; without them it is repeated."""
    times = max((_unchanged(outcome, seen) for outcome in seen[-1].outcomes), default=0)
    return 0 if times == _repeated(seen) else times


def _unchanged(wanted: Outcome, seen: Sequence[Round]) -> int:
    times = 0
    for each in reversed(seen):
        answers = {
            outcome.result
            for outcome in each.outcomes
            if (outcome.tool, outcome.arguments) == (wanted.tool, wanted.arguments)
        }
        if answers - {wanted.result}:
            return times
        times += bool(answers)
    return times


def _invalid(seen: Sequence[Round]) -> int:
    """No call that can be made."""
    return _while(each.invalid for each in reversed(seen))


def _while(holds: Iterable[bool]) -> int:
    """How many of them hold, up to the first that does not."""
    times = 0
    for each in holds:
        if not each:
            break
        times += 1
    return times


PATTERNS = (
    Pattern("invalid_calls", _invalid, warning=3, critical=4),
    Pattern("repeat", _repeated, warning=4, critical=8),
    Pattern("ping_pong", _alternated, warning=6, critical=12),
    Pattern("polling", _polled, warning=6, critical=12),
)

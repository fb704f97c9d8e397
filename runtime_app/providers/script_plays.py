"""What each script says: pure, from a script and a request to what happens in order.

A play yields the pieces of an answer, and `Pause` where time passes; it raises where the script
fails. A token is a word: the usage at the end counts the words said, each call as one.
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from runtime_app.canonical import canonical
from runtime_app.providers.errors import ProviderError
from runtime_app.providers.model_script import Script
from runtime_app.providers.outcome import Outcome
from runtime_app.providers.provider import (
    Done,
    ModelRequest,
    ReasoningDelta,
    StreamEvent,
    TextDelta,
    ToolCall,
    Usage,
)
from runtime_app.providers.schema_sample import least
from runtime_app.providers.script_cues import (
    arithmetic_in,
    asks_the_time,
    pieces,
    tool_answers,
    user_text,
    words,
)
from runtime_app.providers.tool_arguments import tool_call


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing happens for `seconds`; infinity is until somebody gives up."""

    seconds: float


Beat = StreamEvent | Pause
Line = TextDelta | ReasoningDelta | ToolCall | Done | Pause


def play(script: Script, request: ModelRequest) -> Iterator[Beat]:
    """The whole performance, with usage and `Done` where the script does not fail first.

    Raises:
        ProviderError: as the script says.
    """
    limit = request.max_output_tokens
    said = 0
    reason = "stop"
    for line in PLAYS[script.name](script, request):
        cost = _tokens(line)
        if limit is not None and said + cost > limit:
            reason = "length"
            break
        said += cost
        if isinstance(line, Done):
            reason = line.finish_reason
            break
        if isinstance(line, ToolCall):
            reason = "tool-calls"
        yield line
    yield Usage(sum(len(words(message.text)) for message in request.messages), said)
    yield Done(reason)


def _tokens(line: Line) -> int:
    match line:
        case TextDelta(text) | ReasoningDelta(text):
            return max(1, len(words(text)))
        case ToolCall():
            return 1
        case Pause() | Done():
            return 0


def _demo(script: Script, request: ModelRequest) -> Iterator[Line]:
    asked = user_text(request)
    answers = tool_answers(request)
    offered = {tool.name for tool in request.tools}
    expression = arithmetic_in(asked)
    if answers:
        text = f"This is a scripted demo. The tool says: {' '.join(answers)}"
    elif asks_the_time(asked) and "clock" in offered:
        yield _call(request, 0, "clock")
        return
    elif expression is not None and "calc" in offered:
        yield _call(request, 0, "calc", json.dumps({"expression": expression}))
        return
    else:
        quoted = asked if len(asked) <= 200 else f"{asked[:200]}…"
        text = f"This is a scripted demo: no model was asked. You said: “{quoted}”"
    yield from _spoken(pieces(text), script)


def _echo(script: Script, request: ModelRequest) -> Iterator[Line]:
    text = user_text(request)
    size = max(1, math.ceil(len(text) / 4))
    yield from _spoken((text[at : at + size] for at in range(0, len(text), size)), script)


def _tokens_script(script: Script, request: ModelRequest) -> Iterator[Line]:
    yield from _spoken(_filler(script.numbers["n"], script.numbers["bytes"]), script)


def _tools(script: Script, request: ModelRequest) -> Iterator[Line]:
    """Calls all at once, one at a time, or so many at a time; the same or ever another one."""
    calls = script.numbers["calls"]
    left = calls - len(tool_answers(request))
    if left <= 0:
        name = "clock" if script.words["asks"] == "time" else "calc"
        yield from _spoken(pieces(f"Called {name} {calls} times."), script)
        return
    width = {0: 1, 1: left}.get(script.numbers["parallel"], script.numbers["parallel"])
    for ordinal in range(min(left, width)):
        yield _call(request, ordinal, *_asked(script.words["asks"], calls - left + ordinal))


def _asked(asks: str, number: int) -> tuple[str, str]:
    """Tool and arguments of the call with this number, from 0."""
    if asks == "time":
        return "clock", "{}"
    if asks == "wrong":
        return "calc", "{}"
    of = {"new": number, "same": 0, "two": number % 2, "poll": number * (number % 2)}[asks]
    return "calc", json.dumps({"expression": f"{of} + 1"})


def _one_call(script: Script, request: ModelRequest) -> Iterator[Line]:
    """The user's text is the call's arguments, as JSON; what is called also is called without."""
    answers = tool_answers(request)
    if not answers:
        yield _call(request, 0, script.words["tool"], user_text(request))
        also = filter(None, script.words["also"].split(","))
        for ordinal, name in enumerate(also, start=1):
            yield _call(request, ordinal, name)
        return
    yield from _spoken(pieces(f"The tool says: {' '.join(answers)}"), script)


def _fail(script: Script, request: ModelRequest) -> Iterator[Line]:
    yield from _spoken(_filler(script.numbers["after"], 8), script)
    error = script.words["error"]
    raise ProviderError(
        Outcome(error),
        f"the script fails with {error} after {script.numbers['after']} chunks",
    )


def _stall(script: Script, request: ModelRequest) -> Iterator[Line]:
    yield from _spoken(_filler(script.numbers["after"], 8), script)
    yield Pause(math.inf)


def _think(script: Script, request: ModelRequest) -> Iterator[Line]:
    for line in _spoken(pieces("Let me think about that."), script):
        yield ReasoningDelta(line.text) if isinstance(line, TextDelta) else line
    yield from _echo(script, request)


def _refuse(script: Script, request: ModelRequest) -> Iterator[Line]:
    yield from _spoken(pieces("I will not do that."), script)
    yield Done("content-filter")


def _json(script: Script, request: ModelRequest) -> Iterator[Line]:
    """The least answer in the shape that is asked for; with `fit=0`, something else."""
    if request.response_schema is None:
        raise ProviderError(Outcome.CALLER_FAULT, "json: expected a response_schema, found none")
    value = least(request.response_schema.schema) if script.numbers["fit"] else None
    text = canonical(value)
    half = len(text) // 2
    yield from (TextDelta(piece) for piece in (text[:half], text[half:]) if piece)


def _throttle(script: Script, request: ModelRequest) -> Iterator[Line]:
    wait_s = script.numbers["retry_after"]
    raise ProviderError(
        Outcome.THROTTLED,
        f"the script asks to come back in {wait_s} s",
        retry_after_s=float(wait_s),
    )


PLAYS: dict[str, Callable[[Script, ModelRequest], Iterator[Line]]] = {
    "demo": _demo,
    "echo": _echo,
    "tokens": _tokens_script,
    "tools": _tools,
    "call": _one_call,
    "fail": _fail,
    "stall": _stall,
    "think": _think,
    "refuse": _refuse,
    "json": _json,
    "throttle": _throttle,
}


def _spoken(texts: Iterable[str], script: Script) -> Iterator[Line]:
    delay_s = script.numbers["delay_ms"] / 1000
    for index, text in enumerate(texts):
        if index and delay_s:
            yield Pause(delay_s)
        yield TextDelta(text)


def _filler(count: int, size_bytes: int) -> Iterator[str]:
    """Numbered ASCII chunks of exactly `size_bytes`, each one word."""
    body_bytes = max(1, size_bytes - 1)
    for number in range(1, count + 1):
        body = f"{number}".ljust(body_bytes, ".")[:body_bytes]
        yield body if size_bytes == 1 else f"{body} "


def _call(request: ModelRequest, ordinal: int, name: str, raw: str = "{}") -> ToolCall:
    made = sum(len(message.tool_calls) for message in request.messages)
    return tool_call(f"call_{made + ordinal + 1}", name, raw)

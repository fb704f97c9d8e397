"""How the chat-completions server for tests behaves, by the name of the model."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.support.model_server import Body, Cut, Raw, Silence, Status, Step, Tick


def _chunk(finish_reason: str | None = None, **delta: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {
        "id": "chatcmpl-test",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "test",
        "choices": [choice],
    }


def _text(*pieces: str) -> Iterator[Step]:
    yield _chunk(role="assistant", content="")
    for piece in pieces:
        yield _chunk(content=piece)


def _end(finish_reason: str = "stop") -> Iterator[Step]:
    yield _chunk(finish_reason)
    yield _chunk() | {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 5}}
    yield Raw(b"data: [DONE]\n\n")


def _fragments(calls: list[tuple[str, str, list[str]]]) -> Iterator[Step]:
    """Each call's head, then the argument pieces of all calls in turn."""
    for index, (call_id, name, _) in enumerate(calls):
        head = {"id": call_id, "type": "function", "function": {"name": name, "arguments": ""}}
        yield _chunk(tool_calls=[{"index": index} | head])
    for turn in range(max(len(pieces) for *_, pieces in calls)):
        for index, (*_, pieces) in enumerate(calls):
            if turn < len(pieces):
                part = {"index": index, "function": {"arguments": pieces[turn]}}
                yield _chunk(tool_calls=[part])


_CALC = ("call_a", "calc", ['{"expr', 'ession": ', '"6*7"}'])
_CLOCK = ("call_b", "clock", ["{", "}"])


def _calling(*calls: tuple[str, str, list[str]]) -> Callable[[Body], Iterator[Step]]:
    """Call tools, and answer once a tool message is there."""

    def behave(body: Body) -> Iterator[Step]:
        answers = [m["content"] for m in body["messages"] if m["role"] == "tool"]
        if answers:
            yield from _text("The tools said: ", ", ".join(answers))
            yield from _end()
        else:
            yield from _fragments(list(calls))
            yield from _end("tool_calls")

    return behave


def _ok(body: Body) -> Iterator[Step]:
    yield from _text("Hel", "lo, ", "wörld")
    yield from _end()


def _reasoning(body: Body) -> Iterator[Step]:
    yield _chunk(reasoning_content="Let me ")
    yield _chunk(reasoning_content="think.")
    yield from _text("Done.")
    yield from _end()


def _shaped(body: Body) -> Iterator[Step]:
    """Answer in the shape that is asked for."""
    asked = body["response_format"]["json_schema"]
    assert body["response_format"]["type"] == "json_schema"
    text = json.dumps(dict.fromkeys(asked["schema"]["properties"], "forty-two"))
    yield from _text(text[:5], text[5:])
    yield from _end()


def _endless(filler: Step) -> Callable[[Body], Iterator[Step]]:
    def behave(body: Body) -> Iterator[Step]:
        while True:
            yield filler
            yield Tick()

    return behave


def _saying(*steps: Step, before: tuple[str, ...] = ()) -> Callable[[Body], Iterator[Step]]:
    def behave(body: Body) -> Iterator[Step]:
        if before:
            yield from _text(*before)
        yield from steps

    return behave


def _ending(finish_reason: str, *texts: str) -> Callable[[Body], Iterator[Step]]:
    def behave(body: Body) -> Iterator[Step]:
        yield from _text(*texts)
        yield from _end(finish_reason)

    return behave


def _refusal(body: Body) -> Iterator[Step]:
    yield _chunk(refusal="I will not ")
    yield _chunk(refusal="do that.")
    yield from _end()


def unknown(body: Body) -> Iterator[Step]:
    known = ", ".join(BEHAVIOURS)
    message = f"The model `{body['model']}` does not exist; there are {known}"
    yield Status(404, _error(message, "model_not_found"))


def _error(message: str, code: str, kind: str = "invalid_request_error") -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "code": code, "param": None}}


BEHAVIOURS: dict[str, Callable[[Body], Iterator[Step]]] = {
    "ok": _ok,
    "ok-small": _ok,
    "tool": _calling(_CALC),
    "parallel": _calling(_CALC, _CLOCK),
    "reasoning": _reasoning,
    "shaped": _shaped,
    "refusal": _refusal,
    "length": _ending("length", "as far as", " it goes"),
    "filtered": _ending("content_filter", "some"),
    "throttle": _saying(
        Status(429, _error("slow down", "rate_limit_exceeded"), {"Retry-After": "3"})
    ),
    "quota": _saying(Status(429, _error("nothing left", "insufficient_quota"))),
    "unauthorized": _saying(
        Status(401, _error("Incorrect API key provided: test-key", "invalid_api_key"))
    ),
    "fault": _saying(Status(500, _error("it broke", "server_error", "server_error"))),
    "busy": _saying(Status(503, _error("later", "overloaded"), {"Retry-After": "2"})),
    "moved": _saying(Status(307, {}, {"Location": "/elsewhere"})),
    "stall": _saying(Silence(), before=("one ", "two ")),
    "stall-at-once": _saying(Silence()),
    "keep-alive": _endless(Raw(b": still here\n\n")),
    "empty-chunks": _endless(_chunk(role="assistant", content="")),
    "trickle": _endless(_chunk(content="drip ")),
    "cut": _saying(Cut(), before=("one ", "two ")),
    "cut-at-once": _saying(Cut()),
    "cut-after-finish": _saying(_chunk("stop"), Cut(), before=("all of it",)),
    "stall-after-finish": _saying(_chunk("stop"), Silence(), before=("all of it",)),
    "truncated": _saying(Raw(b"data: [DONE]\n\n"), before=("half",)),
    "malformed": _saying(Raw(b'data: {"choices": [{"del\n\n'), before=("one ",)),
    "wrong-shape": _saying({"choices": "none"}, before=("one ",)),
    "not-a-stream": _saying(Status(200, {"hello": "world"})),
    "error-part": _saying(_error("overloaded", "rate_limit_exceeded"), before=("one ",)),
}

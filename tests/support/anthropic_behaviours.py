"""How the messages server for tests behaves, by the name of the model."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.support.model_server import Body, Cut, Raw, Silence, Status, Step, Tick

Steps = Iterator[Step]


def _begin() -> Steps:
    usage = {"input_tokens": 4, "cache_read_input_tokens": 3, "output_tokens": 1}
    message = {"id": "msg_test", "type": "message", "role": "assistant", "content": []}
    yield {"type": "message_start", "message": message | {"usage": usage}}
    yield {"type": "ping"}


def _block(index: int, block: dict[str, Any], *deltas: dict[str, Any]) -> Steps:
    yield {"type": "content_block_start", "index": index, "content_block": block}
    for delta in deltas:
        yield {"type": "content_block_delta", "index": index, "delta": delta}
    yield {"type": "content_block_stop", "index": index}


def _text(*pieces: str, index: int = 0) -> Steps:
    deltas = [{"type": "text_delta", "text": piece} for piece in pieces]
    yield from _block(index, {"type": "text", "text": ""}, *deltas)


def _stop(reason: str = "end_turn") -> Steps:
    delta = {"stop_reason": reason, "stop_sequence": None}
    yield {"type": "message_delta", "delta": delta, "usage": {"output_tokens": 5}}


def _end(reason: str = "end_turn") -> Steps:
    yield from _stop(reason)
    yield {"type": "message_stop"}


def _call(index: int, call_id: str, name: str, *pieces: str) -> Steps:
    deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in ("", *pieces)]
    yield from _block(
        index, {"type": "tool_use", "id": call_id, "name": name, "input": {}}, *deltas
    )


_CALC = ("toolu_a", "calc", '{"expr', 'ession": ', '"6*7"}')
_CLOCK = ("toolu_b", "clock", "{", "}")


def _calling(*calls: tuple[str, ...]) -> Callable[[Body], Steps]:
    """Call tools, and answer once their results are there."""

    def behave(body: Body) -> Steps:
        blocks = [b for m in body["messages"] for b in m["content"] if m["role"] == "user"]
        answers = [block["content"] for block in blocks if block["type"] == "tool_result"]
        yield from _begin()
        if answers:
            yield from _text("The tools said: ", ", ".join(answers))
            yield from _end()
            return
        for index, (call_id, name, *pieces) in enumerate(calls):
            yield from _call(index, call_id, name, *pieces)
        yield from _end("tool_use")

    return behave


def _saying(*pieces: str, reason: str = "end_turn") -> Callable[[Body], Steps]:
    def behave(body: Body) -> Steps:
        yield from _begin()
        yield from _text(*pieces)
        yield from _end(reason)

    return behave


def _thinking(body: Body) -> Steps:
    yield from _begin()
    deltas = [{"type": "thinking_delta", "thinking": piece} for piece in ("Let me ", "think.")]
    signature = {"type": "signature_delta", "signature": "c2ln"}
    yield from _block(0, {"type": "thinking", "thinking": ""}, *deltas, signature)
    yield from _text("Done.", index=1)
    yield from _end()


def _shaped(body: Body) -> Steps:
    """Answer in the shape that is asked for."""
    asked = body["output_config"]["format"]
    assert asked["type"] == "json_schema"
    text = json.dumps(dict.fromkeys(asked["schema"]["properties"], "forty-two"))
    return _saying(text[:5], text[5:])(body)


def _instead(*steps: Step) -> Callable[[Body], Steps]:
    return lambda body: iter(steps)


def _after_two_words(*steps: Step) -> Callable[[Body], Steps]:
    def behave(body: Body) -> Steps:
        yield from _begin()
        first, *deltas, _ = _text("one ", "two ")
        yield from (first, *deltas, *steps)

    return behave


def _after_the_end(step: Step) -> Callable[[Body], Steps]:
    def behave(body: Body) -> Steps:
        yield from _begin()
        yield from _text("all of it")
        yield from _stop()
        yield step

    return behave


def _endless(*fillers: Step) -> Callable[[Body], Steps]:
    def behave(body: Body) -> Steps:
        yield from _begin()
        while True:
            yield from fillers
            yield Tick()

    return behave


def _error(kind: str, message: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}}


def _status(code: int, kind: str, message: str, **headers: str) -> Callable[[Body], Steps]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return _instead(Status(code, _error(kind, message), named))


def unknown(body: Body) -> Steps:
    return _status(404, "not_found_error", f"model: {body['model']}")(body)


_DRIP = {
    "type": "content_block_delta",
    "index": 0,
    "delta": {"type": "text_delta", "text": "drip "},
}

BEHAVIOURS: dict[str, Callable[[Body], Steps]] = {
    "ok": _saying("Hel", "lo, ", "wörld"),
    "tool": _calling(_CALC),
    "parallel": _calling(_CALC, _CLOCK),
    "reasoning": _thinking,
    "shaped": _shaped,
    "refusal": _saying("I will not.", reason="refusal"),
    "length": _saying("as far as", " it goes", reason="max_tokens"),
    "throttle": _status(429, "rate_limit_error", "slow down", Retry_After="3"),
    "overloaded": _status(529, "overloaded_error", "Overloaded"),
    "spent": _status(402, "billing_error", "nothing left"),
    "unauthorized": _status(401, "authentication_error", "invalid x-api-key test-key"),
    "forbidden": _status(403, "permission_error", "not for you"),
    "bad-request": _status(400, "invalid_request_error", "prompt is too long"),
    "too-large": _status(413, "request_too_large", "too large"),
    "fault": _status(500, "api_error", "it broke"),
    "busy": _status(503, "api_error", "later", Retry_After="2"),
    "moved": _instead(Status(307, {}, {"Location": "/elsewhere"})),
    "stall": _after_two_words(Silence()),
    "stall-at-once": _instead(Silence()),
    "keep-alive": _endless({"type": "ping"}),
    "trickle": _endless(_DRIP),
    "cut": _after_two_words(Cut()),
    "cut-at-once": _instead(Cut()),
    "cut-after-finish": _after_the_end(Cut()),
    "stall-after-finish": _after_the_end(Silence()),
    "truncated": _after_two_words({"type": "message_stop"}),
    "malformed": _after_two_words(Raw(b'event: content_block_delta\ndata: {"type": "co\n\n')),
    "wrong-shape": _after_two_words({"type": "message_delta", "delta": "none"}),
    "not-a-stream": _instead(Status(200, {"hello": "world"})),
    "error-part": _after_two_words(_error("overloaded_error", "Overloaded")),
    "error-part-fault": _after_two_words(_error("api_error", "Internal server error")),
}

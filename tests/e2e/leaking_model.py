"""A model that gives secrets away: in what it says and thinks, asks of tools and fails with."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.e2e.planting import taken, told
from tests.support.model_server import Behaviour, Body, Raw, Status, Step


def _chunk(finish_reason: str | None = None, **delta: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "choices": [choice]}


def _pieces(text: str) -> Iterator[str]:
    return (text[at : at + 3] for at in range(0, len(text), 3))


def _said(_body: Body) -> Iterator[Step]:
    for piece in _pieces(told("reasoning")):
        yield _chunk(reasoning_content=piece)
    for piece in _pieces(told("answer")):
        yield _chunk(content=piece)
    # The first piece of a part leaves at once, whatever it may be the beginning of.
    for secret in taken("beginning of an answer").values():
        if not secret.startswith("Pa55"):
            yield _chunk(reasoning_content="so: ")
            for piece in _pieces(secret):
                yield _chunk(content=piece)
    yield _chunk("stop")
    yield Raw(b"data: [DONE]\n\n")


def _called(body: Body) -> Iterator[Step]:
    if body["messages"][-1]["role"] == "tool":
        yield from _said(body)
        return
    asked = {"expression": told("tool argument"), "deep": [taken("tool argument")]}
    for index, (name, given) in enumerate(
        [
            ("calc", json.dumps(asked)),
            ("calc", json.dumps({"expression": told("tool argument that fits")})),
            (taken("tool name")["model key"], "{}"),
            ("clock", "not JSON: " + told("tool arguments that are not JSON")),
        ]
    ):
        head = {"index": index, "id": f"c{index}", "type": "function"}
        yield _chunk(tool_calls=[head | {"function": {"name": name, "arguments": given}}])
    yield _chunk("tool_calls")
    yield Raw(b"data: [DONE]\n\n")


def _refused(_body: Body) -> Iterator[Step]:
    message = {"message": told("model error"), "type": "x", "code": "y", "param": None}
    yield Status(401, {"error": message})


def _torn(_body: Body) -> Iterator[Step]:
    yield _chunk(content="so")
    yield Raw(b"data: {" + told("model answer that is not JSON").encode() + b"\n\n")


MODEL: Mapping[str, Behaviour] = {
    "said": _said,
    "called": _called,
    "refused": _refused,
    "torn": _torn,
}

"""Client-side tools answered by the client that users have: `onToolCall` and `addToolResult`."""

from typing import Any

import pytest

from tests.support.ai_client import answer_tools, text_of
from tests.support.api import PREFIX, Api, fresh

pytestmark = pytest.mark.node

COLOUR: dict[str, Any] = {
    "name": "pick_colour",
    "description": "Let the user pick a colour.",
    "parameters": {"type": "object", "properties": {"of": {"type": "array"}}},
}
PLACE: dict[str, Any] = {
    "name": "place",
    "description": "Where the user is.",
    "parameters": {"type": "object"},
}


def answered(api: Api, mode: str, model: str, **tools: dict[str, Any]) -> tuple[Any, Any]:
    """What the chat shows, and the run as it has ended."""
    run_id, thread_id = fresh(), fresh("t")
    run = {
        "run_id": run_id,
        "thread_id": thread_id,
        "model": model,
        "client_tools": [COLOUR, PLACE],
    }
    service = {
        "url": api.base_url,
        "prefix": PREFIX,
        "key": api.key.secret.decode(),
        "user": int(api.principal["X-OA-USER-ID"]),
    }
    script = {"mode": mode, "text": '{"of":["red"]}', "run": run, "tools": tools}
    view = answer_tools({**script, "service": service})
    return view, api.snapshot(run_id, thread_id)


@pytest.mark.parametrize("mode", ["frames", "results"])
def test_a_stock_client_answers_its_tools_beside_those_of_the_server(api: Api, mode: str) -> None:
    model = "scripted/call?tool=pick_colour&also=clock,place"
    view, run = answered(
        api, mode, model, pick_colour={"colour": "red"}, place={"error": "it is not known"}
    )
    assert (view["status"], view["error"]) == ("ready", None)
    assert run["status"] == "completed"
    _, message = view["messages"]
    tools = {part["type"]: part for part in message["parts"] if part["type"].startswith("tool-")}
    assert tools["tool-pick_colour"]["state"] == "output-available"
    assert tools["tool-pick_colour"]["input"] == {"of": ["red"]}
    assert tools["tool-pick_colour"]["output"] == {"colour": "red"}
    assert tools["tool-clock"]["state"] == "output-available"
    assert tools["tool-place"]["state"] == "output-error"
    assert tools["tool-place"]["errorText"] == "it is not known"
    said = text_of(message)
    assert '{"colour":"red"}' in said
    assert "error: it is not known" in said
    assert view["requests"] == (2 if mode == "results" else 1)

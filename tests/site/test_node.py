"""The chat routes, used by the npm client as it comes, its transport included."""

import json
from typing import Any

import pytest
import requests

from runtime_app.sse import Decoder
from tests.support.ai_client import ChatView, text_of, visit
from tests.support.api import Api, fresh

LONG = "scripted/tokens?n=60&delay_ms=200"


@pytest.fixture
def thread() -> str:
    return fresh("u42.")


@pytest.fixture(params=["site", "accel_site"])
def page(request: pytest.FixtureRequest, thread: str):
    """Open a page of the thread's chat and let it act; PHP carries its streams, or nginx."""
    site = request.getfixturevalue(request.param)

    def opened(model: str = LONG, declares: list[Any] | None = None, **acts: Any) -> ChatView:
        headers = {"X-Test-Who": "u42", "X-Test-Model": model}
        if declares is not None:
            headers["X-Test-Tools"] = json.dumps(declares)
        return visit({"api": f"{site}/api/chat", "id": thread, "headers": headers, **acts})

    return opened


def numbers(message: dict[str, Any]) -> list[int]:
    """The pieces of a long answer."""
    return [int(piece) for piece in text_of(message).replace(".", " ").split()]


def test_a_message_is_answered(page):
    view = page("scripted/echo", send="Grüße/🚀 a\n\u2028b")
    (answer,) = view.answers
    assert text_of(answer) == "Grüße/🚀 a\n\u2028b"
    assert (view.status, view.error) == ("ready", None)
    assert view.ends == [
        {"finishReason": "stop", "isAbort": False, "isDisconnect": False, "isError": False}
    ]


def test_a_tool_call_has_its_input_and_its_output(page):
    (answer,) = page("scripted/demo", send="what is 6*7?").answers
    (tool,) = [part for part in answer["parts"] if part["type"].startswith("tool-")]
    assert tool["type"] == "tool-calc"
    assert (tool["state"], tool["input"]) == ("output-available", {"expression": "6*7"})
    assert tool["output"] == {"value": 42}
    assert "42" in text_of(answer)


def test_the_pages_own_tools_are_answered_and_the_message_goes_on(page, thread: str, site: str):
    view = page(
        "scripted/call?tool=pick_colour&also=clock,place",
        declares=[tool("pick_colour"), tool("place")],
        send='{"of": ["red"]}',
        tools={"pick_colour": {"colour": "red"}, "place": {"error": "it is not known"}},
    )
    (answer,) = view.answers
    assert (view.status, view.error) == ("ready", None)
    parts = {part["type"]: part for part in answer["parts"] if part["type"].startswith("tool-")}
    assert parts["tool-pick_colour"]["output"] == {"colour": "red"}
    assert parts["tool-clock"]["state"] == "output-available"
    assert parts["tool-place"]["errorText"] == "it is not known"
    said = text_of(answer)
    assert '{"colour":"red"}' in said
    assert "error: it is not known" in said

    # Sent again, for the page has not heard of the end: the same answers, and what followed them.
    asked = [part for part in answer["parts"] if part["type"] not in ("text", "step-start")]
    again = [{"id": "a", "role": "assistant", "parts": [{"type": "step-start"}, *asked]}]
    response = requests.post(
        f"{site}/api/chat",
        headers={"X-Test-Who": "u42"},
        json={"id": thread, "messages": again, "trigger": "submit-message"},
        timeout=20,
    )
    assert response.status_code == 200
    *parts, done = [event.data for event in Decoder().feed(response.content)]
    told = [json.loads(part) for part in parts]
    assert "".join(part["delta"] for part in told if part["type"] == "text-delta") == said
    assert done == "[DONE]"


def tool(name: str) -> dict[str, Any]:
    """One that the page answers."""
    return {"name": name, "description": "Of the page.", "parameters": {"type": "object"}}


def test_a_page_that_is_left_in_the_middle_resumes_with_the_answer_once(page):
    left = page(send="go", at=20, then="leave")
    assert 0 < len(numbers(left.answers[0])) < 60
    (asked,) = [message for message in left.messages if message["role"] == "user"]
    view = page(messages=[asked])
    (answer,) = view.answers
    assert numbers(answer) == list(range(1, 61))
    assert answer["id"] == left.answers[0]["id"]
    assert view.messages[0] == asked


@pytest.mark.parametrize(
    "model",
    ["scripted/echo", "scripted/demo", "scripted/tools?calls=3", "scripted/fail?after=3"],
)
def test_the_history_is_what_was_shown(page, site: str, thread: str, model: str):
    view = page(model, send="what time is it?")
    found = requests.get(
        f"{site}/api/chat/{thread}/messages", headers={"X-Test-Who": "u42"}, timeout=20
    )
    assert found.json()["messages"] == view.messages


def test_nothing_is_resumed_where_nothing_is_live(page):
    view = page("scripted/echo", send="hello")
    again = page(messages=view.messages)
    assert again.messages == view.messages
    assert (again.status, again.error, again.ends) == ("ready", None, [])


def test_stop_ends_the_answer_for_its_reader_and_the_run(page, api: Api, thread: str):
    view = page("scripted/stall?after=3", send="go", at=1, then="cancel")
    assert (view.status, view.error, len(view.ends)) == ("ready", None, 1)
    assert 0 < len(numbers(view.answers[0])) < 10
    state = api.send("GET", f"/threads/{thread}/state", thread_id=thread).json()
    assert [run["status"] for run in state["runs"]] == ["canceled"]


def test_a_run_that_fails_is_shown_as_an_error(page):
    view = page("scripted/fail?after=3&error=caller_fault", send="go")
    assert view.status == "error"
    assert view.error


def test_what_is_refused_before_the_first_byte_is_shown_in_its_own_words(page):
    view = page("x", send="go")
    assert view.status == "error"
    assert "run.model" in str(view.error)

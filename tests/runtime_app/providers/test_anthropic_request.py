import pytest

from runtime_app.providers.anthropic_request import BLANK, request_body
from runtime_app.providers.errors import ProviderError
from runtime_app.providers.provider import Message, ModelRequest, ToolCall, ToolDefinition
from runtime_app.providers.response_schema import ResponseSchema

CALL = ToolCall("call_1", "http.get", {"url": "u"}, '{"url": "u"}')


def turns(*messages):
    return request_body(ModelRequest("m", messages))["messages"]


def test_opening_system_messages_are_the_system_prompt():
    request = ModelRequest(
        "m", (Message("system", "a"), Message("system", "b"), Message("user", "hi"))
    )
    body = request_body(request)
    assert body["system"] == "a\n\nb"
    assert body["messages"] == [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]
    assert body["stream"] is True


def test_no_system_prompt_is_sent_as_none():
    assert "system" not in request_body(ModelRequest("m", (Message("user", "hi"),)))


def test_an_answer_always_has_a_bound():
    plain = ModelRequest("m", (Message("user", "hi"),))
    bounded = ModelRequest("m", (Message("user", "hi"),), max_output_tokens=9)
    assert request_body(plain, output_tokens=77)["max_tokens"] == 77
    assert request_body(bounded, output_tokens=77)["max_tokens"] == 9


def test_sides_alternate_and_answers_of_tools_open_the_users_turn():
    sides = turns(
        Message("user", "go"),
        Message("assistant", "on it", (CALL,)),
        Message("tool", "404", tool_call_id="call_1"),
        Message("system", "Context: {}"),
        Message("user", "and?"),
    )
    assert [turn["role"] for turn in sides] == ["user", "assistant", "user"]
    assert sides[1]["content"] == [
        {"type": "text", "text": "on it"},
        {"type": "tool_use", "id": "call_1", "name": "http_get", "input": {"url": "u"}},
    ]
    assert sides[2]["content"] == [
        {"type": "tool_result", "tool_use_id": "call_1", "content": "404"},
        {"type": "text", "text": "Context: {}"},
        {"type": "text", "text": "and?"},
    ]


def test_a_call_that_was_no_json_goes_back_as_an_empty_one():
    broken = ToolCall("call_1", "calc", None, "{oops")
    (turn,) = turns(Message("assistant", "", (broken,)))
    assert turn["content"][0]["input"] == {}


def test_blank_texts_are_not_sent():
    assert turns(Message("user", " "))[0]["content"][0]["text"] == BLANK
    assert [turn["role"] for turn in turns(Message("user", "a"), Message("assistant", ""))] == [
        "user"
    ]


def test_tools_and_the_shape_of_the_answer_are_described():
    tool = ToolDefinition("http.get", "Fetch.", {"type": "object"})
    schema = ResponseSchema("verdict", {"type": "object"})
    body = request_body(
        ModelRequest("m", (Message("user", "hi"),), (tool,), response_schema=schema)
    )
    assert body["tools"] == [
        {"name": "http_get", "description": "Fetch.", "input_schema": {"type": "object"}}
    ]
    assert body["output_config"] == {"format": {"type": "json_schema", "schema": schema.schema}}


@pytest.mark.parametrize("message", [Message("narrator", "x"), Message("tool", "x")])
def test_what_cannot_be_said_is_refused(message):
    with pytest.raises(ProviderError) as caught:
        turns(Message("user", "a"), message)
    assert caught.value.outcome == "caller_fault"

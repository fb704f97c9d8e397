import pytest

from runtime_app.providers.errors import ProviderError
from runtime_app.providers.openai_request import request_body
from runtime_app.providers.provider import Message, ModelRequest, ToolCall, ToolDefinition
from runtime_app.providers.tool_arguments import tool_call
from runtime_app.providers.tool_names import own_names


def body(*messages, tools=(), limit=None, field="max_completion_tokens"):
    return request_body(ModelRequest("gpt-x", messages, tools, limit), field)


def test_a_conversation_is_streamed_with_usage():
    assert body(
        Message("system", "Be brief."), Message("user", "Hi"), Message("assistant", "Yo")
    ) == {
        "model": "gpt-x",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Yo"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_a_name_with_a_dot_is_sent_without_it():
    tool = ToolDefinition("http.get", "Fetch.", {"type": "object"})
    call = tool_call("call_1", "http.get", "{}")
    sent = body(Message("assistant", "", (call,)), tools=(tool,))
    assert sent["tools"][0]["function"]["name"] == "http_get"
    assert sent["messages"][0]["tool_calls"][0]["function"]["name"] == "http_get"
    assert own_names([tool]) == {"http_get": "http.get"}


def test_calls_and_their_answers_stay_paired():
    call = tool_call("call_1", "calc", '{"expression":  "6*7"}')
    turns = (Message("assistant", "", (call,)), Message("tool", "42", tool_call_id="call_1"))
    assert body(*turns)["messages"] == [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "calc", "arguments": '{"expression":  "6*7"}'},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "42"},
    ]


@pytest.mark.parametrize(
    ("call", "sent"),
    [
        (tool_call("c", "calc", "{not json"), "{}"),
        (tool_call("c", "clock", ""), "{}"),
        (ToolCall("c", "calc", {"expression": "1+1"}, ""), '{"expression": "1+1"}'),
    ],
)
def test_past_arguments_are_always_json(call, sent):
    (message,) = body(Message("assistant", "Well:", (call,)))["messages"]
    assert message["content"] == "Well:"
    assert message["tool_calls"][0]["function"]["arguments"] == sent


def test_tools_are_offered_as_functions():
    schema = {"type": "object", "properties": {"expression": {"type": "string"}}}
    tools = (ToolDefinition("calc", "Arithmetic.", schema),)
    assert body(Message("user", "Hi"), tools=tools)["tools"] == [
        {
            "type": "function",
            "function": {"name": "calc", "description": "Arithmetic.", "parameters": schema},
        }
    ]


@pytest.mark.parametrize("field", ["max_completion_tokens", "max_tokens"])
def test_the_bound_goes_by_the_name_the_server_knows(field):
    assert body(Message("user", "Hi"), limit=9, field=field)[field] == 9


@pytest.mark.parametrize(
    ("message", "expected"),
    [(Message("robot", "beep"), "found 'robot'"), (Message("tool", "42"), "name its call")],
)
def test_a_message_that_cannot_be_said_is_refused(message, expected):
    with pytest.raises(ProviderError, match=expected) as caught:
        body(message)
    assert caught.value.outcome == "caller_fault"

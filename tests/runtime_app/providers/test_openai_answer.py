import pytest

from runtime_app.providers.errors import ProviderError
from runtime_app.providers.openai_answer import FINISH_REASONS, OpenAIAnswer
from runtime_app.providers.provider import Done, ReasoningDelta, TextDelta, Usage
from runtime_app.providers.tool_arguments import tool_call


def chunk(finish_reason=None, **delta):
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]}


def read(*chunks):
    answer = OpenAIAnswer()
    events = [event for item in chunks for event in answer.feed(item)]
    return [*events, *answer.finish()]


USAGE = {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}
CALL = {"index": 0, "id": "a", "function": {"name": "clock", "arguments": "{}"}}


def test_text_usage_and_the_end():
    assert read(chunk(role="assistant", content=""), chunk(content="Hi"), chunk("stop"), USAGE) == [
        TextDelta("Hi"),
        Usage(3, 2),
        Done("stop"),
    ]


def test_a_tool_goes_by_its_own_name_again():
    answer = OpenAIAnswer({"http_get": "http.get"})
    fetch = {"index": 1, "id": "b", "function": {"name": "http_get", "arguments": "{}"}}
    assert list(answer.feed(chunk("tool_calls", tool_calls=[CALL, fetch]))) == []
    assert list(answer.finish())[:2] == [
        tool_call("a", "clock", "{}"),
        tool_call("b", "http.get", "{}"),
    ]


@pytest.mark.parametrize("key", ["reasoning_content", "reasoning"])
def test_reasoning_is_kept_apart_from_the_answer(key):
    assert read(chunk(**{key: "Hm."}), chunk(content="Yes"), chunk("stop"))[:2] == [
        ReasoningDelta("Hm."),
        TextDelta("Yes"),
    ]


def test_calls_come_whole_at_the_end():
    assert read(chunk(content="Well:"), chunk(tool_calls=[CALL]), chunk("tool_calls")) == [
        TextDelta("Well:"),
        tool_call("a", "clock", "{}"),
        Done("tool-calls"),
    ]


def test_a_call_cut_by_the_bound_is_given_without_arguments():
    cut = CALL | {"function": {"name": "calc", "arguments": '{"expr'}}
    assert read(chunk(tool_calls=[cut]), chunk("length")) == [
        tool_call("a", "calc", '{"expr'),
        Done("length"),
    ]


@pytest.mark.parametrize(("reason", "ours"), [*FINISH_REASONS.items(), ("eos", "other")])
def test_every_finish_reason_has_our_name(reason, ours):
    assert read(chunk(reason)) == [Done(ours)]


def test_an_answer_with_calls_that_claims_to_stop_has_not():
    assert read(chunk("stop", tool_calls=[CALL]))[-1] == Done("tool-calls")


def test_a_refusal_is_shown_and_named():
    assert read(chunk(refusal="No."), chunk("stop")) == [TextDelta("No."), Done("content-filter")]


def test_the_last_usage_counts_and_is_given_once():
    running = chunk(content="Hi") | {"usage": {"prompt_tokens": 3, "completion_tokens": 1}}
    events = read(running, chunk("stop"), USAGE)
    assert [event for event in events if isinstance(event, Usage)] == [Usage(3, 2)]


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": "3", "completion_tokens": 2}])
def test_a_usage_that_says_nothing_is_none(usage):
    assert read(chunk("stop"), {"choices": [], "usage": usage}) == [Done("stop")]


def test_only_what_carries_something_counts_as_a_token():
    answer = OpenAIAnswer()
    for item in (chunk(role="assistant", content=""), chunk(), USAGE):
        assert list(answer.feed(item)) == []
    assert answer.tokens == 0
    assert list(answer.feed(chunk(tool_calls=[CALL]))) == []
    assert answer.tokens == 1


def test_an_answer_is_complete_when_the_model_says_why_it_stopped():
    answer = OpenAIAnswer()
    list(answer.feed(chunk(content="Hi")))
    assert not answer.complete
    list(answer.feed(chunk("stop")))
    assert answer.complete


def test_an_answer_without_a_reason_is_half_an_answer():
    with pytest.raises(ProviderError, match="none in 1 chunks") as caught:
        read(chunk(content="Hi"))
    assert caught.value.outcome == "provider_fault"


@pytest.mark.parametrize(
    ("bad", "where"),
    [
        ([], "a chunk"),
        ({}, "choices"),
        ({"choices": "none"}, "choices"),
        ({"choices": [7]}, r"choices\[0\]"),
        ({"choices": [{"delta": "Hi"}]}, "delta"),
        (chunk(content=["Hi"]), "content"),
        (chunk(tool_calls={"0": CALL}), "tool_calls"),
        (chunk(tool_calls=["clock"]), "tool_calls"),
        (chunk(finish_reason=4), "finish_reason"),
    ],
)
def test_a_wrong_shape_is_a_protocol_failure_that_says_where(bad, where):
    with pytest.raises(ProviderError, match=where) as caught:
        read(bad)
    assert caught.value.outcome == "provider_fault"

import pytest

from runtime_app.providers.anthropic_answer import AnthropicAnswer
from runtime_app.providers.errors import ProviderError
from runtime_app.providers.provider import Done, TextDelta, ToolCall, Usage


def start(index, **block):
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(index, **fields):
    return {"type": "content_block_delta", "index": index, "delta": fields}


def stop(reason="end_turn", **usage):
    return {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": usage}


def read(*events, names=None):
    answer = AnthropicAnswer(names)
    told = [event for each in events for event in answer.feed(each)]
    return [*told, *answer.finish()]


def test_fragments_in_between_each_other_become_whole_calls():
    events = read(
        start(0, type="tool_use", id="a", name="http_get", input={}),
        start(1, type="tool_use", id="b", name="clock", input={}),
        delta(0, type="input_json_delta", partial_json='{"url":'),
        delta(1, type="input_json_delta", partial_json="{}"),
        delta(0, type="input_json_delta", partial_json=' "u"}'),
        stop("tool_use"),
        names={"http_get": "http.get"},
    )
    assert events == [
        ToolCall("a", "http.get", {"url": "u"}, '{"url": "u"}'),
        ToolCall("b", "clock", {}, "{}"),
        Done("tool-calls"),
    ]


def test_an_input_that_comes_whole_is_taken():
    events = read(start(0, type="tool_use", id="a", name="calc", input={"x": 1}), stop("tool_use"))
    assert events[0].arguments == {"x": 1}


def test_cached_input_counts_and_later_counts_replace_earlier_ones():
    usage = {"input_tokens": 5, "cache_read_input_tokens": 3, "output_tokens": 1}
    begin = {"type": "message_start", "message": {"usage": usage}}
    assert read(begin, stop(output_tokens=9)) == [Usage(8, 9), Done("stop")]


@pytest.mark.parametrize(
    ("stop_reason", "finish_reason"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "content-filter"),
        ("pause_turn", "other"),
        ("something_new", "other"),
    ],
)
def test_the_end_says_why(stop_reason, finish_reason):
    assert read(stop(stop_reason)) == [Done(finish_reason)]


def test_what_is_not_known_is_ignored():
    events = read(
        {"type": "news"},
        start(0, type="hologram"),
        delta(0, type="hologram_delta", light=1),
        delta(1, type="text_delta", text="a"),
        {},
        stop(),
    )
    assert events == [TextDelta("a"), Done("stop")]


@pytest.mark.parametrize(
    "chunk",
    [
        [],
        {"type": "message_start", "message": 1},
        {"type": "content_block_start"},
        delta(0, type="text_delta", text=5),
        {"type": "message_delta", "delta": {"stop_reason": 1}},
    ],
)
def test_a_wrong_shape_is_the_providers_fault_and_says_where(chunk):
    with pytest.raises(ProviderError, match="expected") as caught:
        read(chunk)
    assert caught.value.outcome == "provider_fault"


def test_a_call_without_a_name_is_the_providers_fault():
    with pytest.raises(ProviderError, match="a name"):
        read(start(0, type="tool_use", id="a", input={}), stop("tool_use"))
    with pytest.raises(ProviderError, match="an id"):
        read(start(0, type="tool_use", name="a", input={}), stop("tool_use"))


def test_an_answer_without_its_end_is_the_providers_fault():
    with pytest.raises(ProviderError, match="stop_reason"):
        read(delta(0, type="text_delta", text="half"))

"""A turn with tools over HTTP on a running stack."""

import pytest

from tests.support.api import Api, fresh, parts, text_of


def test_a_tool_is_called_and_its_answer_is_used(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    events = list(api.run_and_stream(run_id, thread_id, "what is 12*7?", model="scripted/demo"))
    by_type = {part["type"]: part for part in parts(events)}
    call = by_type["tool-input-available"]
    assert call["toolName"] == "calc"
    assert call["input"] == {"expression": "12*7"}
    output = by_type["tool-output-available"]
    assert output["toolCallId"] == call["toolCallId"]
    assert output["output"] == {"value": 84}
    assert "84" in text_of(events)
    run = api.snapshot(run_id, thread_id)
    assert run["status"] == "completed"
    assert run["steps"] == 2
    assert run["usage"]["toolCalls"] == 1
    assert run["usage"]["modelCalls"] == 2
    assert run["pendingToolCalls"] == []


@pytest.mark.parametrize("parallel", [0, 1])
def test_several_calls_are_all_answered_before_the_model_goes_on(api: Api, parallel: int) -> None:
    run_id, thread_id = fresh(), fresh("t")
    model = f"scripted/tools?calls=3&parallel={parallel}"
    events = list(api.run_and_stream(run_id, thread_id, "go", model=model))
    types = [part["type"] for part in parts(events)]
    assert types.count("tool-input-available") == 3
    assert types.count("tool-output-available") == 3
    assert types.index("text-start") > max(
        index for index, name in enumerate(types) if name == "tool-output-available"
    )
    assert parts(events)[-1]["finishReason"] == "stop"
    assert api.snapshot(run_id, thread_id)["steps"] == (2 if parallel else 4)


def test_a_tool_that_the_run_may_not_use_comes_back_to_the_model_as_an_error(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    policy = {"allow": ["calc"]}
    model = "scripted/tools?calls=1&parallel=1"
    events = list(api.run_and_stream(run_id, thread_id, "go", model=model, tool_policy=policy))
    error = next(part for part in parts(events) if part["type"] == "tool-output-error")
    assert "available: calc" in error["errorText"]
    assert parts(events)[-1]["type"] == "finish"
    assert api.snapshot(run_id, thread_id)["status"] == "completed"


def test_a_run_may_use_its_last_tool_call_and_still_answer(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    model = "scripted/tools?calls=2&parallel=1"
    list(api.run_and_stream(run_id, thread_id, "go", model=model, caps={"tool_calls": 2}))
    assert api.snapshot(run_id, thread_id)["status"] == "completed"
    beyond, thread = fresh(), fresh("t")
    list(api.run_and_stream(beyond, thread, "go", model=model, caps={"tool_calls": 1}))
    terminal = api.snapshot(beyond, thread)["terminal"]
    assert terminal["reasonClass"] == "max_tool_calls_exceeded"

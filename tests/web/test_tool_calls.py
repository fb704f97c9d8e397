"""The tool calls of a run over HTTP."""

from runtime_app.runs.tool_calls import STATES
from runtime_app.tools.status import TOOL_TASK
from tests.support.api import Api, fresh


def test_the_calls_of_a_run_are_listed_in_order_without_what_the_log_has(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    list(api.run_and_stream(run_id, thread_id, "x", model="scripted/tools?calls=2"))

    response = api.get("/tool-calls", run_id, thread_id)
    asked = [
        event["payload"]["tool_call_id"]
        for event in api.events(run_id, thread_id)
        if event["type"] == "tool.call"
    ]
    calls = response.json()["toolCalls"]
    assert [call["toolCallId"] for call in calls] == asked
    for call in calls:
        assert (call["toolName"], call["state"], call["attempt"]) == ("clock", "succeeded", 1)
        assert (call["late"], call["lateOutput"], call["error"]) == (False, None, None)


def test_a_run_without_tools_has_none(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    assert api.start(run_id, thread_id).status_code == 201
    answer = api.get("/tool-calls", run_id, thread_id).json()
    assert answer == {"runId": run_id, "toolCalls": []}


def test_a_call_stands_where_its_machine_may_stand() -> None:
    assert set(STATES) == set(TOOL_TASK.states)

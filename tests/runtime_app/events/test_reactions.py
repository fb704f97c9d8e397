"""Which jobs a batch of events asks for."""

from runtime_app.dispatch.jobs import ExecuteTool, StepRun
from runtime_app.events.event import NewEvent
from runtime_app.events.reactions import jobs_for

DELTA = NewEvent("text.delta", {"part_id": "p", "delta": "a"})
CANCEL = NewEvent("run.cancel_requested", {})


def call(call_id: str) -> NewEvent:
    payload = {"tool_call_id": call_id, "tool_name": "calc", "input": {}, "step": 1}
    return NewEvent("tool.call", payload)


def result(call_id: str) -> NewEvent:
    payload = {"tool_call_id": call_id, "tool_name": "calc", "status": "failed", "error": "no"}
    return NewEvent("tool.result", payload)


def test_most_events_ask_for_nothing():
    assert jobs_for("r", [DELTA]) == ()
    assert jobs_for("r", []) == ()


def test_a_job_holds_the_id_that_it_is_about():
    assert jobs_for("r", [CANCEL]) == (StepRun("r"),)
    assert jobs_for("r", [call("c1")]) == (ExecuteTool("c1"),)


def test_a_batch_asks_for_each_job_once_in_the_order_of_first_asking():
    batch = [call("c1"), result("c9"), DELTA, call("c2"), CANCEL, call("c1")]
    assert jobs_for("r", batch) == (ExecuteTool("c1"), StepRun("r"), ExecuteTool("c2"))

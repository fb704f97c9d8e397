"""A run that is one tool call: what its executor decides, whatever comes between."""

from runtime_app.events.event import NewEvent
from runtime_app.executor.actions import Call
from runtime_app.providers.provider import ToolCall
from tests.runtime_app.executor.simulated_run import (
    Arrival,
    Cancel,
    Loss,
    Requested,
    Round,
    SimulatedRun,
    ToolAnswer,
)


def then(*arrivals: Arrival) -> Round:
    return Round(arrivals)


def test_a_requested_call_is_a_step_of_its_own():
    action = SimulatedRun("tool").live([then(Requested())]).decisions[-1].action
    assert action == Call(
        (
            NewEvent("run.started", {"message_id": "msg_r_1", "code_version": "v1"}),
            NewEvent("step.started", {"step": 1, "attempt": 1, "turn": 1, "code_version": "v1"}),
        ),
        1,
        ToolCall("", "calc", {"a": 1}, '{"a":1}'),
    )
    called = SimulatedRun("tool").live([then(Requested()), then()])
    assert (called.decisions[-1].rule, called.state.status) == ("tools are open", "waiting_tool")


def test_a_requested_call_survives_the_loss_of_its_executor_and_ends_when_cancelled():
    taken = SimulatedRun("tool").live([then(Requested(), Loss()), then(), then(), then()])
    assert [each.rule for each in taken.decisions] == [
        *("taken over", "a tool call is requested", "tools are open", "tools are open"),
    ]
    for at in range(3):
        rounds = [then(Requested()), then(), then(ToolAnswer())][:at]
        ended = SimulatedRun("tool").live([*rounds, then(Cancel())])
        assert ended.payloads("run.finished")[0]["status"] == "canceled"

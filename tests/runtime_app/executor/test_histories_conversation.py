"""Whatever happens to a run: what its model gets to read makes sense."""

from hypothesis import example, given
from hypothesis import strategies as st

from runtime_app.executor.actions import Infer
from runtime_app.fold.state import RunState
from runtime_app.runs.caps import Caps
from tests.runtime_app.executor.histories import (
    answers,
    gone,
    many,
    modes,
    unlimited_runs,
)
from tests.runtime_app.executor.simulated_run import (
    Answer,
    Frame,
    Gone,
    Round,
    SimulatedRun,
)

MESSAGE = Frame("user_message")
CALLING = Round(play=Answer(calls=(True,)))
NOTED = Round(before=(Frame("context"),))


@many
@given(unlimited_runs)
def test_messages_are_taken_in_the_order_of_acceptance(run: SimulatedRun):
    run.settle()
    accepted = [
        p["frame_id"] for p in run.payloads("frame.accepted") if p["frame_type"] == "user_message"
    ]
    taken = [payload["frame_id"] for payload in run.payloads("message.user")]
    assert taken == accepted[: len(taken)]


@many
@given(unlimited_runs)
@example(SimulatedRun().happen(MESSAGE).live([CALLING, NOTED]))
def test_a_conversation_is_one_that_a_provider_takes(run: SimulatedRun):
    run.settle()
    for decision in run.decisions:
        if isinstance(decision.action, Infer):
            assert_answered_at_once(decision.state)


def assert_answered_at_once(state: RunState) -> None:
    """Every call is answered by the tool messages that follow right behind it."""
    waiting: set[str] = set()
    for message in state.messages:
        if message.role == "tool":
            assert message.tool_call_id in waiting, state.messages
            waiting.discard(message.tool_call_id)
        else:
            assert not waiting, state.messages
            waiting = {call.id for call in message.tool_calls}
    assert not waiting, state.messages


@many
@given(unlimited_runs)
@example(SimulatedRun().happen(MESSAGE).settle([Answer(finish_reason="tool-calls")]))
def test_a_model_is_never_asked_to_go_on_from_its_own_answer(run: SimulatedRun):
    run.settle()
    for decision in run.decisions:
        if isinstance(decision.action, Infer):
            asked = [event.type for event in decision.action.events]
            assert "message.user" in asked or decision.state.messages[-1].role != "assistant"


@many
@given(
    modes,
    st.builds(Caps, steps=st.integers(1, 4), model_calls=st.just(10_000)),
    st.lists(st.tuples(st.lists(gone, max_size=2), answers), max_size=6),
)
@example("turn", Caps(steps=1), [([Gone()], Answer())])
def test_an_executor_that_goes_changes_nothing_but_the_attempts(mode, limits, calls):
    lucky = SimulatedRun(mode, limits).happen(MESSAGE)
    unlucky = SimulatedRun(mode, limits).happen(MESSAGE)
    lucky.settle(answer for _, answer in calls)
    unlucky.settle(play for mishaps, answer in calls for play in (*mishaps, answer))
    assert conversation(unlucky) == conversation(lucky)
    assert outcome(unlucky) == outcome(lucky)


def conversation(run: SimulatedRun) -> list[tuple[str, str]]:
    return [(message.role, message.text) for message in run.state.messages]


def outcome(run: SimulatedRun) -> list[tuple[str, str, str]]:
    return [
        (payload["status"], payload["reason_class"], payload["finish_reason"])
        for payload in run.payloads("run.finished")
    ]

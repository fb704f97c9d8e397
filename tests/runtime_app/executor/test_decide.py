"""The rules, one by one: which wins, and what it makes the executor do."""

from datetime import timedelta

import pytest

from runtime_app.events.event import NewEvent
from runtime_app.executor.actions import Append, Finish, Infer, Park
from runtime_app.executor.decide import MAX_LOSSES, RULES, decide
from runtime_app.executor.moment import Hop, Moment
from runtime_app.runs.caps import Caps
from tests.runtime_app.executor.simulated_run import (
    BEGAN,
    Answer,
    Arrival,
    Cancel,
    Decision,
    Fault,
    Forked,
    Frame,
    Gone,
    Loss,
    Play,
    Requested,
    Round,
    SimulatedRun,
    ToolAnswer,
    Wait,
)

MESSAGE = Frame("user_message")
COMPLETE = Frame("complete")
ASKED = Round((MESSAGE,))


def once(play: Play, *before: Arrival) -> Round:
    return Round((MESSAGE, *before), play)


def then(*arrivals: Arrival) -> Round:
    return Round(arrivals)


def circling(times: int) -> list[Round]:
    """So many steps that ask for the same and get the same, and the decision after them."""
    again = Answer(calls=(True,), again=True)
    rounds = [once(again)]
    for answered in range(1, times):
        rounds.append(Round((ToolAnswer(),), again))
        if answered == 4:  # what was decided then was a warning
            rounds.append(Round(play=again))
    return [*rounds, then(ToolAnswer())]


CALLING = once(Answer(calls=(True,)))

HOP = Hop("scripted/echo", "open", 7)

#: For each rule a history whose last decision it makes.
EXAMPLES = {
    "the run has ended": SimulatedRun().live([ASKED, then(), then()]),
    "cancel requested": SimulatedRun().live([then(MESSAGE, Cancel())]),
    "lost too often": SimulatedRun().live([once(Gone()), then(*[Loss()] * (MAX_LOSSES - 1))]),
    "taken over": SimulatedRun().live([once(Gone()), then()]),
    "model call may be tried again": SimulatedRun().live([once(Fault()), then()]),
    "another provider may answer": SimulatedRun(hop=HOP).live(
        [once(Fault(retryable=False)), then()]
    ),
    "model call failed": SimulatedRun().live([once(Fault(retryable=False)), then()]),
    "step was torn": SimulatedRun().live([once(Gone(dies=False)), then()]),
    "tools are open": SimulatedRun().live([CALLING, then()]),
    "a cap is reached": SimulatedRun(caps=Caps(steps=1)).live([CALLING, then(ToolAnswer())]),
    "the turn goes round in circles": SimulatedRun().live(circling(8)),
    "the turn begins to repeat itself": SimulatedRun().live(circling(4)),
    "the turn wants a step": SimulatedRun().live([CALLING, then(ToolAnswer())]),
    "the last turn is answered": SimulatedRun().live([ASKED, then()]),
    "the turn is answered": SimulatedRun("session").live([ASKED, then()]),
    "completion is asked for": SimulatedRun("session").live([ASKED, then(), then(COMPLETE)]),
    "a message waits": SimulatedRun().live([ASKED]),
    "a tool call is requested": SimulatedRun("tool").live([then(Requested())]),
    "the requested call is answered": SimulatedRun("tool").live(
        [then(Requested()), then(), then(ToolAnswer())]
    ),
    "nothing to do": SimulatedRun().live([then()]),
}


def last(rule: str) -> Decision:
    return EXAMPLES[rule].decisions[-1]


def test_every_rule_has_an_example():
    assert set(EXAMPLES) == {rule.name for rule in RULES}
    assert len(EXAMPLES) == len(RULES)


@pytest.mark.parametrize("rule", EXAMPLES)
def test_the_rule_wins_in_its_example(rule):
    assert last(rule).rule == rule


@pytest.mark.parametrize("rule", EXAMPLES)
def test_a_decision_depends_on_nothing_but_state_and_moment(rule):
    decision = last(rule)
    assert decide(decision.state, decision.moment) == decision.action


def test_an_ended_run_and_an_idle_one_are_parked():
    assert last("the run has ended").action == Park("ended")
    assert last("nothing to do").action == Park("input")
    assert last("tools are open").action == Park("tools")


def test_the_first_message_starts_the_run():
    action = last("a message waits").action
    assert action == Infer(
        (
            NewEvent("run.started", {"message_id": "msg_r_1", "code_version": "v1"}),
            NewEvent("message.user", {"frame_id": "f1", "turn": 1, "text": "say 1"}),
            NewEvent("step.started", {"step": 1, "attempt": 1, "turn": 1, "code_version": "v1"}),
            NewEvent("model.call_started", {"step": 1, "attempt": 1, "model": "scripted/demo"}),
        ),
        step=1,
        attempt=1,
    )


def test_the_next_message_opens_a_turn():
    run = SimulatedRun("session").live([ASKED, then(), then(MESSAGE)])
    events = run.decisions[-1].action.events
    assert [event.type for event in events] == [
        "turn.started",
        "message.user",
        "step.started",
        "model.call_started",
    ]
    assert events[0].payload == {"turn": 2, "message_id": "msg_r_2"}
    assert events[2].payload["step"] == 2


def test_a_fork_in_the_middle_of_a_turn_goes_on_with_it_under_a_message_of_its_own():
    run = SimulatedRun().live([then(Forked(open=True))])
    assert [event.type for event in run.decisions[-1].action.events] == [
        "run.started",
        "step.started",
        "model.call_started",
    ]
    assert run.settle().log[-1].payload["status"] == "completed"


def test_a_fork_between_two_turns_waits_for_a_message():
    run = SimulatedRun().live([then(Forked(open=False))])
    assert run.decisions[-1].action == Park("input")
    assert run.happen(MESSAGE).settle().log[-1].payload["status"] == "completed"
    assert [message.text for message in run.state.messages] == ["say 0", "say 1", "well"]


def test_tool_results_are_answered_in_the_same_turn():
    action = last("the turn wants a step").action
    assert [event.type for event in action.events] == ["step.started", "model.call_started"]
    assert (action.step, action.attempt) == (2, 1)


def test_a_lost_run_is_resumed_with_the_number_of_its_losses():
    payload = {"losses": 1, "code_version": "v1"}
    assert last("taken over").action == Append((NewEvent("run.resumed", payload),))


def test_a_torn_step_that_nobody_has_seen_is_superseded_in_silence():
    payload = {"step": 1, "attempt": 1, "shown": False}
    assert last("step was torn").action == Append((NewEvent("step.superseded", payload),))


def test_a_torn_step_that_was_seen_is_superseded_under_a_new_message():
    run = SimulatedRun().live([once(Gone(shown=True, dies=False)), then(), then()])
    superseded, again = (decision.action for decision in run.decisions[1:])
    payload = superseded.events[0].payload
    assert payload["shown"] is True
    assert payload["message_id"] not in ("", "msg_r_1")
    assert (again.step, again.attempt) == (1, 2)


@pytest.mark.parametrize(
    "plays", [[Fault(retryable=False)], [Fault(shown=True)], [Fault(), Fault(), Fault()]]
)
def test_a_failure_that_cannot_be_mended_ends_the_run(plays):
    finished = SimulatedRun().happen(MESSAGE).settle(plays).log[-1].payload
    assert (finished["status"], finished["reason_class"]) == ("failed", "provider_unavailable")
    assert finished["reason"] == "the model call failed (provider_fault): so it goes"
    assert finished["finish_reason"] == "error"


def test_a_run_that_is_lost_too_often_is_given_up():
    finished = last("lost too often").action.events[-1].payload
    assert finished["reason_class"] == "executor_recovery_exhausted"
    assert finished["reason"] == f"the executor was lost {MAX_LOSSES} times without progress"


def test_cancelling_ends_the_open_calls_and_then_the_run():
    run = SimulatedRun().live([once(Answer(calls=(True, False, True))), then(Cancel())])
    *stopped, finished = run.decisions[-1].action.events
    assert [event.payload["tool_call_id"] for event in stopped] == list(
        run.decisions[-1].state.open_tools
    )
    assert len(stopped) == 2
    assert {event.payload["status"] for event in stopped} == {"canceled"}
    assert finished.payload["status"] == "canceled"
    assert finished.payload["reason_class"] == "canceled_by_user"


@pytest.mark.parametrize(
    ("caps", "reason_class", "told"),
    [
        (Caps(steps=1), "max_steps_exceeded", {"cap": "steps", "limit": 1, "used": 1}),
        (Caps(tokens=2), "max_tokens_exceeded", {"cap": "tokens", "limit": 2, "used": 2}),
        (Caps(model_calls=1), "max_model_calls_exceeded", {"cap": "model_calls"}),
        (Caps(tool_calls=1), "max_tool_calls_exceeded", {"cap": "tool_calls", "used": 2}),
    ],
)
def test_a_cap_ends_the_run_with_its_reason(caps, reason_class, told):
    calls = (True, True) if "tool_calls" in reason_class else (True,)
    run = SimulatedRun(caps=caps).happen(MESSAGE).settle([Answer(calls=calls)])
    exceeded, finished = (event.payload for event in run.log[-2:])
    assert told.items() <= exceeded.items()
    assert (finished["status"], finished["reason_class"]) == ("failed", reason_class)


def test_active_time_is_capped_and_an_answered_run_is_not_failed_for_it():
    caps = Caps(wall_clock_s=60)
    long = Wait(61)
    slow = Round((MESSAGE,), Answer(calls=(True,)), during=(long,))
    capped = SimulatedRun(caps=caps).live([slow, then(ToolAnswer())])
    assert capped.log[-1].payload["reason_class"] == "max_wall_clock_exceeded"
    answered = SimulatedRun(caps=caps).live([Round((MESSAGE,), during=(long,)), then()])
    assert answered.log[-1].payload["reason_class"] == "completed"


def test_a_run_that_has_used_its_last_tool_call_may_still_answer():
    run = SimulatedRun(caps=Caps(tool_calls=1)).happen(MESSAGE).settle([Answer(calls=(True,))])
    assert run.log[-1].payload["reason_class"] == "completed"


def test_a_single_turn_run_answers_what_waits_before_it_completes():
    run = SimulatedRun().live([then(MESSAGE, MESSAGE)]).settle()
    assert [p["turn"] for p in run.payloads("message.user")] == [1, 2]
    assert len(run.payloads("turn.ended")) == 1
    assert run.log[-1].payload["reason_class"] == "completed"


def test_completion_comes_after_what_was_accepted_before_it():
    run = SimulatedRun("session").happen(MESSAGE, COMPLETE, MESSAGE).settle()
    assert [p["frame_id"] for p in run.payloads("message.user")] == ["f1"]
    assert run.log[-1].payload["status"] == "completed"


def test_the_end_reports_what_was_used():
    run = SimulatedRun().live([Round((MESSAGE,), Answer(tokens=5), (Wait(7),)), then()])
    usage = run.log[-1].payload["usage"]
    assert usage["wall_clock_s"] == 7
    assert (usage["input_tokens"], usage["output_tokens"]) == (5, 5)


def test_time_is_an_argument():
    run = SimulatedRun(caps=Caps(wall_clock_s=60)).live([once(Answer(calls=(True,)))])
    state = run.happen(ToolAnswer()).state
    assert isinstance(decide(state, Moment(run.now, "v1")), Infer)
    assert isinstance(decide(state, Moment(BEGAN + timedelta(hours=1), "v1")), Finish)

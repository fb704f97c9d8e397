"""What holds of every run, whatever happens to it: the executor against a random world."""

from collections import Counter

from hypothesis import example, given, settings
from hypothesis import strategies as st

from runtime_app.executor.actions import Finish, Infer, Park
from runtime_app.executor.decide import MAX_MODEL_TRIES
from runtime_app.executor.state import RunState, evolve, fold, used
from runtime_app.runs.caps import Caps
from runtime_app.runs.status import RUN
from tests.runtime_app.executor.histories import (
    answers,
    caps,
    gone,
    modes,
    runs,
    unlucky_rounds,
)
from tests.runtime_app.executor.simulated_run import (
    RUN_ID,
    Answer,
    Cancel,
    Frame,
    Loss,
    Round,
    SimulatedRun,
)

many = settings(max_examples=300, deadline=None)
generous = Caps(wall_clock_s=86_400, model_calls=10_000)
any_runs = runs(caps)
unlimited_runs = runs(st.just(generous))

CALLING = Round(play=Answer(calls=(True,)))
LOST = Round(before=(Loss(),))
NOTED = Round(before=(Frame("context"),))


@many
@given(any_runs)
def test_a_run_is_left_alone_only_when_there_is_nothing_to_do(run: SimulatedRun):
    for decision in run.decisions:
        state = decision.state
        idle = not (state.inbox or state.turn_open or state.cancel_requested or state.lost)
        may_park = state.ended or bool(state.open_tools) or idle
        assert isinstance(decision.action, Park) <= may_park, decision
        assert state.ended <= isinstance(decision.action, Park), decision


@many
@given(any_runs)
def test_every_history_ends_once_inputs_stop_and_the_world_answers(run: SimulatedRun):
    run.settle()
    if not run.ended:
        run.happen(Frame("complete")).settle()
    assert run.ended


@many
@given(any_runs)
def test_a_run_ends_once_and_with_its_last_event(run: SimulatedRun):
    run.settle().happen(Cancel()).settle()
    ends = [event.seq for event in run.log if event.type == "run.finished"]
    assert ends == [run.log[-1].seq]
    assert sum(isinstance(decision.action, Finish) for decision in run.decisions) == 1


@many
@given(any_runs)
def test_cancelling_ends_a_run_at_the_next_decision(run: SimulatedRun):
    ended_before = run.ended
    made = len(run.decisions)
    run.happen(Cancel()).settle()
    if not ended_before:
        assert run.log[-1].payload["status"] == "canceled"
        assert [decision.rule for decision in run.decisions[made:]] == [
            "cancel requested",
            "the run has ended",
        ]


@many
@given(any_runs)
def test_the_status_moves_by_the_table(run: SimulatedRun):
    run.settle()
    state = RunState(RUN_ID)
    for event in run.log:
        moved = evolve(state, event)
        allowed = {state.status, *RUN.table[state.status].values()}
        assert moved.status in allowed, f"{state.status} -> {moved.status} by {event.type}"
        state = moved
    assert state.ended == (state.status in RUN.terminal)


@many
@given(any_runs, st.data())
def test_a_fold_may_be_cut_anywhere(run: SimulatedRun, data: st.DataObject):
    cut = data.draw(st.integers(0, len(run.log)))
    whole = fold(RunState(RUN_ID), run.log)
    assert fold(fold(RunState(RUN_ID), run.log[:cut]), run.log[cut:]) == whole


@many
@given(any_runs)
def test_a_fold_does_not_need_deltas(run: SimulatedRun):
    last = run.log[-1]
    kept = [event for event in run.log if event is last or not event.type.endswith(".delta")]
    assert fold(RunState(RUN_ID), kept) == fold(RunState(RUN_ID), run.log)


@many
@given(any_runs)
def test_nothing_is_done_twice_for_one_cause(run: SimulatedRun):
    run.settle()

    def once(event_type: str, *fields: str) -> None:
        found = Counter(tuple(p[field] for field in fields) for p in run.payloads(event_type))
        assert all(count == 1 for count in found.values()), (event_type, found)

    once("run.started")
    once("run.cap_exceeded")
    once("step.started", "step", "attempt")
    once("step.superseded", "step", "attempt")
    once("step.finished", "step")
    once("message.user", "frame_id")
    once("turn.started", "turn")
    once("turn.ended", "turn")
    once("tool.call", "tool_call_id")
    once("tool.result", "tool_call_id")
    once("text.started", "part_id")
    assert len(run.payloads("run.resumed")) <= len(run.payloads("run.executor_lost"))
    tries = Counter((p["step"], p["attempt"]) for p in run.payloads("model.call_started"))
    assert all(count <= MAX_MODEL_TRIES for count in tries.values())


@many
@given(any_runs)
def test_a_failed_call_is_answered_by_one_decision(run: SimulatedRun):
    run.settle()
    answered = Counter(
        decision.state.step
        for decision in run.decisions
        if decision.rule in ("model call may be tried again", "model call failed")
    )
    assert all(count == 1 for count in answered.values())


@many
@given(unlimited_runs)
def test_every_message_on_screen_has_an_id_of_its_own(run: SimulatedRun):
    run.settle()
    shown_as = [
        payload["message_id"]
        for kind in ("run.started", "turn.started", "step.superseded")
        for payload in run.payloads(kind)
        if "message_id" in payload
    ]
    assert len(set(shown_as)) == len(shown_as), shown_as


@many
@given(any_runs)
def test_steps_and_attempts_are_numbered_without_a_gap(run: SimulatedRun):
    run.settle()
    step, attempt = 0, 0
    for payload in run.payloads("step.started"):
        following = {(step + 1, 1)} if step == 0 else {(step + 1, 1), (step, attempt + 1)}
        assert (payload["step"], payload["attempt"]) in following
        step, attempt = payload["step"], payload["attempt"]


@many
@given(any_runs)
def test_no_cap_is_exceeded(run: SimulatedRun):
    run.settle()
    state = run.state
    assert state.usage.steps <= state.caps.steps
    assert state.usage.model_calls <= state.caps.model_calls
    done = [p for p in run.payloads("tool.result") if p["status"] != "failed"]
    assert len(done) <= state.caps.tool_calls


@many
@given(unlimited_runs)
def test_a_generous_run_never_reaches_a_cap(run: SimulatedRun):
    assert not run.settle().payloads("run.cap_exceeded")


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
@example(SimulatedRun().happen(Frame("user_message")).live([CALLING, NOTED]))
def test_a_conversation_is_one_that_a_provider_takes(run: SimulatedRun):
    run.settle()
    for decision in run.decisions:
        if isinstance(decision.action, Infer):
            assert_answered_at_once(decision.state)


@many
@given(unlimited_runs)
def test_a_model_is_never_asked_to_go_on_from_its_own_answer(run: SimulatedRun):
    run.settle()
    for decision in run.decisions:
        if isinstance(decision.action, Infer):
            asked = [event.type for event in decision.action.events]
            assert "message.user" in asked or decision.state.messages[-1].role != "assistant"


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
@given(any_runs)
@example(SimulatedRun().happen(Frame("user_message")).live([CALLING, *[LOST] * 3]))
def test_every_tool_call_of_an_ended_run_has_a_result(run: SimulatedRun):
    run.settle().happen(Cancel()).settle()
    asked = {payload["tool_call_id"] for payload in run.payloads("tool.call")}
    assert {payload["tool_call_id"] for payload in run.payloads("tool.result")} == asked


@many
@given(
    modes,
    st.builds(Caps, steps=st.integers(1, 4), model_calls=st.just(10_000)),
    st.lists(st.tuples(st.lists(gone, max_size=2), answers), max_size=6),
)
def test_an_executor_that_goes_changes_nothing_but_the_attempts(mode, limits, calls):
    lucky = SimulatedRun(mode, limits).happen(Frame("user_message"))
    unlucky = SimulatedRun(mode, limits).happen(Frame("user_message"))
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


@many
@given(modes, st.lists(unlucky_rounds, max_size=12))
def test_waiting_is_not_counted_as_active_time(mode, history):
    run = SimulatedRun(mode, generous).live(history)
    active_s = sum(
        (after.occurred_at - before.occurred_at).total_seconds()
        for before, after, state in zip(run.log, run.log[1:], prefixes(run), strict=False)
        if state.status == "running"
    )
    if run.state.status == "running":
        active_s += (run.now - run.log[-1].occurred_at).total_seconds()
    assert used(run.state, run.now).wall_clock_s == int(round(active_s, 6))


def prefixes(run: SimulatedRun) -> list[RunState]:
    """The state after each event."""
    states = [RunState(RUN_ID)]
    for event in run.log:
        states.append(evolve(states[-1], event))
    return states[1:]

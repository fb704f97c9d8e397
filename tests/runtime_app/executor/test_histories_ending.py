"""Whatever happens to a run: it goes on while it can, and ends once."""

from hypothesis import example, given

from runtime_app.executor.actions import Finish, Park
from runtime_app.fold.evolve import evolve
from runtime_app.fold.state import RunState
from runtime_app.runs.caps import Caps
from runtime_app.runs.status import RUN
from tests.runtime_app.executor.histories import (
    any_runs,
    many,
    unlimited_runs,
)
from tests.runtime_app.executor.simulated_run import (
    RUN_ID,
    Answer,
    Cancel,
    Fault,
    Frame,
    Loss,
    Round,
    SimulatedRun,
)

MESSAGE = Frame("user_message")
CALLING = Round(play=Answer(calls=(True,)))
LOST = Round(before=(Loss(),))


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
@example(SimulatedRun().happen(MESSAGE).live([CALLING, *[LOST] * 3]))
def test_every_tool_call_of_an_ended_run_has_a_result(run: SimulatedRun):
    run.settle().happen(Cancel()).settle()
    asked = {payload["tool_call_id"] for payload in run.payloads("tool.call")}
    assert {payload["tool_call_id"] for payload in run.payloads("tool.result")} == asked


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
@given(any_runs)
@example(SimulatedRun(caps=Caps(model_calls=1)).happen(MESSAGE).settle([Fault()]))
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

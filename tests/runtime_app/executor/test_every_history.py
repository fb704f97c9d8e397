"""Every history of up to eight inputs: what holds of a run holds of all of them, none left out.

An input is something that arrives, or a decision with one outcome of its model call. Histories that
come to states which no later decision can tell apart are gone on with once.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

import pytest

from runtime_app.executor import loops
from runtime_app.executor.actions import Infer, Park
from runtime_app.executor.decide import RULES, decide
from runtime_app.executor.moment import Moment
from runtime_app.fold.evolve import evolve
from runtime_app.fold.state import RunState
from runtime_app.runs.caps import Caps
from runtime_app.runs.status import RUN
from tests.runtime_app.executor.simulated_run import (
    Answer,
    Cancel,
    Fault,
    Frame,
    Gone,
    Loss,
    Play,
    Round,
    SimulatedRun,
    ToolAnswer,
)

DEPTH = 8
#: Frames that wait at once; what comes of a third is what comes of the second.
MOST_WAITING = 2
CAPS = Caps(steps=5, model_calls=5, tool_calls=4)
ARRIVALS = (
    Frame("user_message"),
    Frame("complete"),
    Cancel(),
    Loss(),
    ToolAnswer(),
)
SILENT: tuple[tuple[str, str], ...] = ()
PLAIN = Round()
PLAYS: tuple[Play, ...] = (
    Answer(SILENT),
    Answer(SILENT, calls=(True,)),
    Answer(SILENT, calls=(False,)),
    Fault(),
    Fault(retryable=False),
    Gone(dies=False),  # with a loss after it: one that dies
)
#: The rules that record something and leave the next decision open.
RECORDING = {
    "taken over",
    "step was torn",
    "the turn begins to repeat itself",
    "the turn is answered",
}


def grown(run: SimulatedRun) -> Iterator[SimulatedRun]:
    """The run after each input that makes a difference to it."""
    for arrival in ARRIVALS:
        if isinstance(arrival, Frame) and len(run.state.inbox) == MOST_WAITING:
            continue
        later = clone(run).happen(arrival)
        if later.state.seq > run.state.seq:
            yield later
    action = decide(run.state, Moment(run.now, "v1"))
    if not isinstance(action, Park):
        for play in PLAYS if isinstance(action, Infer) else PLAYS[:1]:
            yield clone(run).live([Round(play=play)])


def clone(run: SimulatedRun) -> SimulatedRun:
    later = copy.copy(run)
    later.log, later.decisions = list(run.log), list(run.decisions)
    return later


def essence(state: RunState) -> Any:
    """All that a decision looks at, now or later; names, texts, numbers and times are not in it."""
    step, usage = state.step, state.usage
    return (
        (state.status, state.mode, state.started, state.turn_open, state.ended),
        tuple(item.frame_type for item in state.inbox),
        tuple(call.id in state.open_tools for call in (() if step is None else step.calls)),
        None
        if step is None
        else (step.finished, step.finish_reason, step.shown, step.failures, step.failure),
        (usage.steps, usage.model_calls, usage.tool_calls),
        (state.losses, state.lost, state.cancel_requested),
        # No two calls are the same here: of loops there are those of calls that cannot be made.
        tuple(each.invalid for each in loops.rounds(state.messages, state.invalid_calls)),
        state.loops_told,
    )


@dataclass
class Explored:
    """One run for each essence, and the moves of status that were seen on the way."""

    runs: list[SimulatedRun]
    moves: set[tuple[str, str]]


@pytest.fixture(scope="module", params=["turn", "session"])
def explored(request: pytest.FixtureRequest) -> Explored:
    """All that up to `DEPTH` inputs can come to."""
    first = SimulatedRun(request.param, CAPS)
    known, newest = {essence(first.state)}, [first]
    all_found = Explored([first], set())
    for _ in range(DEPTH):
        found = []
        for run in newest:
            for later in grown(run):
                all_found.moves |= moves(run, later)
                about = essence(later.state)
                if about not in known:
                    known.add(about)
                    found.append(later)
        all_found.runs += found
        newest = found
    return all_found


def moves(run: SimulatedRun, later: SimulatedRun) -> set[tuple[str, str]]:
    """The moves of status from one to the other, event by event."""
    states = list(accumulate(later.log[run.state.seq :], evolve, initial=run.state))
    return {(before.status, after.status) for before, after in pairwise(states)}


def test_every_state_has_exactly_one_way_on(explored: Explored) -> None:
    assert len(explored.runs) > 5_000
    for run in explored.runs:
        state, moment = run.state, Moment(run.now, "v1")
        rule = next(rule for rule in RULES if rule.when(state, moment))
        action = decide(state, moment)
        assert action == rule.then(state, moment)
        idle = not (state.inbox or state.turn_open or state.cancel_requested or state.lost)
        assert isinstance(action, Park) == (state.ended or bool(state.open_tools) or idle) or (
            state.open_tools and (state.cancel_requested or state.lost)
        ), rule.name


def test_every_way_on_leads_somewhere_and_no_rule_answers_what_it_has_answered(
    explored: Explored,
) -> None:
    for run in explored.runs:
        later = clone(run).live([PLAIN])
        decided = later.decisions[-1]
        if isinstance(decided.action, Park):
            assert later.state == run.state
            continue
        assert essence(later.state) != essence(run.state), decided.rule
        if decided.rule in RECORDING:
            again = clone(later).live([PLAIN]).decisions[-1]
            assert again.rule != decided.rule


def test_every_history_ends_once_it_is_completed_and_the_world_answers(explored: Explored) -> None:
    known: set[Any] = set()
    for run in explored.runs:
        path, later = [], clone(run)
        while not later.ended and essence(later.state) not in known:
            path.append(essence(later.state))
            assert len(path) < 60, [decision.rule for decision in later.decisions[-6:]]
            if isinstance(later.live([PLAIN]).decisions[-1].action, Park):
                later.happen(ToolAnswer() if later.state.open_tools else Frame("complete"))
        known.update(path)


def test_every_move_is_one_of_the_table(explored: Explored) -> None:
    lawful = {(status, to) for status, given in RUN.table.items() for to in given.values()}
    seen = {(before, after) for before, after in explored.moves if before != after}
    assert seen <= lawful


def test_every_ended_log_says_its_end_and_each_result_once(explored: Explored) -> None:
    ended = [run for run in explored.runs if run.ended]
    assert len(ended) > 100
    for run in ended:
        assert [event.type for event in run.log].count("run.finished") == 1
        asked = [told["tool_call_id"] for told in run.payloads("tool.call")]
        assert sorted(told["tool_call_id"] for told in run.payloads("tool.result")) == sorted(asked)
        assert len(set(asked)) == len(asked)
        assert run.state.status in RUN.terminal

"""A state survives being written and read, whole; its text is held by a golden file."""

import json
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime_app.events.event import Origin
from runtime_app.fold.evolve import fold
from runtime_app.fold.state import Failure, Input, RunState, Step
from runtime_app.fold.state_codec import KNOWN, STATE, VERSION, decode, encode
from runtime_app.providers.provider import Message, ToolCall
from runtime_app.runs.caps import Caps, Usage
from runtime_app.runs.client_tools import ClientTool
from tests.runtime_app.executor.histories import any_runs, many
from tests.runtime_app.executor.simulated_run import SimulatedRun

GOLDEN = Path(__file__).parents[2] / "golden" / "run_state" / "full.json"

CALL = ToolCall("c1", "calc", {"b": 1e21, "a": [0.1, None, "ü"]}, '{"a":[0.1],"b":1e21}')
RAW = ToolCall("c2", "calc", None, "not json")
ORIGIN = Origin("a" * 32, "request-1", "b" * 16, 1, "vendor=1", "key-1")
AT = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
FULL = RunState(
    run_id="run-1",
    seq=4711,
    status="waiting_tool",
    mode="session",
    model="scripted/demo",
    caps=Caps(1, 2, 3, 4, 5),
    tool_policy={"deny": ["clock"]},
    client_tools=(ClientTool("pick", "Pick one.", {"type": "object"}, 60),),
    provider_policy={"allow_fallback": False},
    started=True,
    turn=7,
    turn_open=True,
    inbox=(Input("f9", "user_message", "and?", ORIGIN, AT), Input("f10", "complete", "")),
    messages=(
        Message("user", "What is 6*7?\n  "),
        Message("assistant", "", (CALL, RAW)),
        Message("tool", '{"value":42}', tool_call_id="c1"),
    ),
    notes=(Message("system", "Context: {}"),),
    step=Step(
        number=3,
        attempt=2,
        finished=True,
        finish_reason="tool-calls",
        texts=("one", "two"),
        calls=(CALL,),
        shown=True,
        failures=1,
        failure=Failure("provider_fault", "so it goes", True, 2.5),
        began_at=AT,
        hops=1,
        model="scripted/echo",
        tried=({"provider": "p", "outcome": "timeout", "executed": "maybe", "latency_ms": 7},),
        fallback={"from": "a/b", "to": "c/d", "reason": "timeout", "policy_decision_id": "pd_1"},
    ),
    open_tools=("c2",),
    requested=RAW,
    invalid_calls=("c0",),
    loops_told=("repeat",),
    usage=Usage(3, 0, 100, 200, 4, 2),
    active=timedelta(seconds=61, microseconds=7),
    last_at=AT,
    losses=2,
    lost=True,
    cancel_requested=True,
    interrupted_by="run-2",
    ended=True,
    heard=Origin(request_id="request-2"),
    origin=ORIGIN,
)


def test_the_text_of_a_state_is_that_of_the_golden_file():
    assert json.loads(GOLDEN.read_text()) == {"version": VERSION, "state": json.loads(encode(FULL))}


def test_what_the_golden_file_holds_is_read_as_it_was():
    golden = json.loads(GOLDEN.read_text())
    assert decode(json.dumps(golden["state"])) == FULL
    assert golden["version"] in KNOWN


def unwritten(value: Any, written: Any) -> list[str]:
    """The fields of a value, and of all values in it, that its JSON leaves out."""
    if isinstance(value, tuple):
        pairs = zip(value, written, strict=True)
        return [name for each, told in pairs for name in unwritten(each, told)]
    if not is_dataclass(value):
        return []
    missing = [f"{type(value).__name__}.{f.name}" for f in fields(value) if f.name not in written]
    inner = (
        name
        for f in fields(value)
        if f.name in written
        for name in unwritten(getattr(value, f.name), written[f.name])
    )
    return [*missing, *inner]


def test_no_field_is_left_out():
    assert unwritten(FULL, STATE.write(FULL)) == []


def test_the_full_state_leaves_no_field_at_its_default():
    empty = RunState("run-1")
    same = [f.name for f in fields(RunState) if getattr(FULL, f.name) == getattr(empty, f.name)]
    assert same == ["run_id"]


@many
@given(any_runs)
def test_a_fold_from_any_checkpoint_is_the_fold_from_the_start(run: SimulatedRun):
    state = RunState(run.state.run_id)
    for n, event in enumerate(run.log, 1):
        state = decode(encode(fold(state, [event])))
        assert fold(state, run.log[n:]) == run.state
    assert state == run.state


_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=8,
)


@many
@given(st.dictionaries(_texts, _values, max_size=4), _texts)
def test_whatever_a_model_asked_for_comes_back_as_it_was(arguments: dict[str, Any], text: str):
    call = ToolCall("c", text, arguments, text)
    state = RunState("r", messages=(Message("assistant", text, (call,)),))
    assert decode(encode(state)) == state


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"run_id": "r"}', "7"])
def test_what_is_no_state_is_refused(text: str):
    with pytest.raises((ValueError, KeyError, TypeError)):
        decode(text)

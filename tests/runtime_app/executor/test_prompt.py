"""From a run's state to the request that its model gets."""

from runtime_app.executor import prompt
from runtime_app.executor.state import RunState
from runtime_app.providers.provider import Message, ToolDefinition
from runtime_app.tools.adapters import calc
from runtime_app.tools.registry import Registry
from tests.runtime_app.executor.simulated_run import Answer, Frame, Round, SimulatedRun


def test_the_system_prompt_comes_first_and_then_the_conversation():
    history = [Round((Frame("user_message"),), Answer(calls=(True,))), Round()]
    state = SimulatedRun().live(history).settle().state
    request = prompt.build(state, "demo", "be kind", (), {})
    assert request.messages[0] == Message("system", "be kind")
    assert request.messages[1:] == state.messages
    assert [message.role for message in request.messages] == [
        "system",
        "user",
        "assistant",
        "tool",
        "assistant",
    ]


def test_the_model_goes_by_the_name_that_its_provider_knows():
    state = RunState("r", model="openai/gpt-x")
    assert prompt.build(state, "gpt-x", "", (), {}).model == "gpt-x"


def test_tools_are_described_as_their_specs_say():
    tools = Registry((calc.TOOL,)).offered(None)
    request = prompt.build(RunState("r"), "m", "", tools, {})
    spec = calc.SPEC
    assert request.tools == (ToolDefinition(spec.name, spec.description, spec.parameters),)


def test_headers_are_passed_on():
    request = prompt.build(RunState("r"), "m", "", (), {"traceparent": "00-…"})
    assert request.headers == {"traceparent": "00-…"}


def test_the_same_state_gives_the_same_request():
    state = SimulatedRun().happen(Frame("user_message")).settle().state
    tools = Registry().offered(None)
    assert prompt.build(state, "m", "s", tools, {}) == prompt.build(state, "m", "s", tools, {})

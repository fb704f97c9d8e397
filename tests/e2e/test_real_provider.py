"""The same run against servers that speak the protocols of OpenAI and Anthropic over real HTTP."""

from collections.abc import Iterator

import pytest

from runtime_app.providers.prompt_budget import text_tokens
from tests.support.anthropic_server import AnthropicServer
from tests.support.api import Api, fresh, parts
from tests.support.openai_server import OpenAIServer
from tests.support.stack import running_stack

#: The budget of one model, in tokens.
SMALL = 2500


@pytest.fixture(scope="module")
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer() as running:
        yield running


@pytest.fixture(scope="module")
def anthropic_server() -> Iterator[AnthropicServer]:
    with AnthropicServer() as running:
        yield running


@pytest.fixture(scope="module")
def own_api(server: OpenAIServer, anthropic_server: AnthropicServer) -> Iterator[Api]:
    with running_stack(
        OPENAI_API_KEY="test-key",
        OPENAI_BASE_URL=server.base_url,
        ANTHROPIC_API_KEY="test-key",
        ANTHROPIC_BASE_URL=anthropic_server.base_url,
        OA_PROMPT_TOKENS=f"100000,openai/ok-small={SMALL}",
    ) as stack:
        yield Api.of(stack.state)


def turn(api: Api, model: str) -> tuple[list[dict], dict]:
    run_id, thread_id = fresh(), fresh("t")
    events = list(api.run_and_stream(run_id, thread_id, "hello", model=model))
    return parts(events), api.snapshot(run_id, thread_id)


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_text_streams_from_the_server(own_api: Api, provider: str) -> None:
    sent, run = turn(own_api, f"{provider}/ok")
    assert [part["type"] for part in sent].count("text-delta") >= 1
    assert run["status"] == "completed"
    assert run["usage"]["outputTokens"] > 0


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_tool_call_in_fragments_is_executed_and_answered(own_api: Api, provider: str) -> None:
    sent, run = turn(own_api, f"{provider}/tool")
    types = [part["type"] for part in sent]
    assert "tool-input-available" in types
    assert "tool-output-available" in types or "tool-output-error" in types
    assert run["status"] == "completed"
    assert run["steps"] == 2


def test_the_request_carries_the_conversation_and_the_tools(
    own_api: Api, server: OpenAIServer
) -> None:
    turn(own_api, "openai/ok")
    sent = server.requests[-1].body
    assert sent["messages"][0]["role"] == "system"
    assert sent["messages"][-1] == {"role": "user", "content": "hello"}
    assert {tool["function"]["name"] for tool in sent["tools"]} == {"calc", "clock", "http_get"}


def test_a_prompt_stays_within_the_budget_of_its_model(own_api: Api, server: OpenAIServer) -> None:
    question = "What is this? " + "so much text " * 2000
    run_id, thread_id = fresh(), fresh("t")
    list(own_api.run_and_stream(run_id, thread_id, question, model="openai/ok-small"))
    sent = server.requests[-1].body
    said = "".join(message["content"] for message in sent["messages"])
    assert SMALL / 2 < text_tokens(said) < SMALL
    assert sent["messages"][-1]["content"].startswith("What is this?")
    assert "shortened" in sent["messages"][-1]["content"]


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("openai/unauthorized", "auth_fault"),
        ("openai/fault", "provider_fault"),
        ("openai/throttle", "throttled"),
        ("anthropic/overloaded", "throttled"),
    ],
)
def test_a_server_that_refuses_ends_the_run_with_its_reason(
    own_api: Api, model: str, kind: str
) -> None:
    sent, run = turn(own_api, model)
    assert [part["type"] for part in sent][-2:] == ["error", "finish"]
    assert run["terminal"]["reasonClass"] == "provider_unavailable"
    assert kind in run["terminal"]["reason"]


def test_an_answer_that_is_cut_keeps_what_was_shown_and_fails(own_api: Api) -> None:
    sent, run = turn(own_api, "openai/cut")
    assert "text-delta" in [part["type"] for part in sent]
    assert "text-end" in [part["type"] for part in sent]
    assert run["status"] == "failed"

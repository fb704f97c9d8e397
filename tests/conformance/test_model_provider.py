"""All providers pass the suite: one plays scripts, the others talk HTTP to a real server."""

from collections.abc import Callable, Iterator

import pytest

from runtime_app.providers.anthropic import messages
from runtime_app.providers.dialect import Dialect
from runtime_app.providers.endpoint import Endpoint
from runtime_app.providers.errors import ProviderError
from runtime_app.providers.openai_compatible import chat_completions
from runtime_app.providers.provider import ModelProvider
from runtime_app.providers.remote import RemoteProvider
from runtime_app.providers.scripted import ScriptedProvider
from runtime_app.providers.timeouts import DEFAULT_TIMEOUTS, ProviderTimeouts
from tests.conformance.model_provider import ModelProviderSuite, Subject, ask
from tests.conformance.recorded_answers import ANTHROPIC, OPENAI, SCRIPTED, Recorded
from tests.support.anthropic_server import AnthropicServer
from tests.support.model_server import ModelServer
from tests.support.openai_server import OpenAIServer


class TestScripted(ModelProviderSuite):
    @pytest.fixture
    def subject(self) -> Subject:
        return Subject(
            make=ScriptedProvider,
            answers="echo",
            calls="demo?delay_ms=0",
            calls_many="tools?calls=3",
            stops_short="tokens?n=10&delay_ms=0",
            short_tokens=4,
            throttles="throttle?retry_after=2",
            breaks="fail?after=2",
            stalls="stall?after=2",
            trickles="tokens?n=5000&delay_ms=5",
            unknown="no-such-script",
            reasons="think",
            refuses="refuse",
            shapes="json",
        )


def over_http(dialect: Dialect, server: ModelServer) -> Callable[[ProviderTimeouts], ModelProvider]:
    return lambda timeouts: RemoteProvider(
        "remote", Endpoint(dialect, server.base_url, "test-key", timeouts)
    )


def of_server(dialect: Dialect, server: ModelServer) -> Subject:
    return Subject(
        make=over_http(dialect, server),
        answers="ok",
        calls="tool",
        calls_many="parallel",
        stops_short="length",
        short_tokens=5,
        throttles="throttle",
        breaks="cut",
        stalls="stall",
        trickles="trickle",
        unknown="no-such-model",
        reasons="reasoning",
        refuses="refusal",
        shapes="shaped",
        hung_up=lambda: server.hung_up.wait(5),
    )


class TestOpenAICompatible(ModelProviderSuite):
    @pytest.fixture
    def subject(self) -> Iterator[Subject]:
        with OpenAIServer() as server:
            yield of_server(chat_completions(), server)


class TestAnthropic(ModelProviderSuite):
    @pytest.fixture
    def subject(self) -> Iterator[Subject]:
        with AnthropicServer() as server:
            yield of_server(messages(), server)


def outcome_of(provider: ModelProvider, recorded: Recorded) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        list(provider.open(ask(recorded.model)))
    assert caught.value.outcome == recorded.outcome
    assert caught.value.maybe_executed is recorded.maybe_executed
    assert recorded.says in caught.value.message
    assert "test-key" not in caught.value.message
    return caught.value


@pytest.mark.parametrize("recorded", SCRIPTED, ids=lambda each: each.model)
def test_a_script_fails_with_the_outcome_that_it_names(recorded: Recorded) -> None:
    outcome_of(ScriptedProvider(), recorded)


@pytest.mark.parametrize(
    ("dialect", "server", "recorded"),
    [
        *(pytest.param(chat_completions(), OpenAIServer, each, id=each.model) for each in OPENAI),
        *(pytest.param(messages(), AnthropicServer, each, id=each.model) for each in ANTHROPIC),
    ],
)
def test_a_recorded_answer_has_its_outcome_and_is_not_asked_for_again(
    dialect: Dialect, server: type[ModelServer], recorded: Recorded
) -> None:
    with server() as running:  # type: ignore[call-arg]
        outcome_of(over_http(dialect, running)(DEFAULT_TIMEOUTS), recorded)
        assert len(running.requests) == 1

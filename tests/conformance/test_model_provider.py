"""Both providers pass the suite: one plays scripts, one talks HTTP to a real server."""

from collections.abc import Iterator

import pytest

from runtime_app.providers.openai_compatible import OpenAICompatibleProvider
from runtime_app.providers.scripted import ScriptedProvider
from tests.conformance.model_provider import ModelProviderSuite, Subject
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
        )


class TestOpenAICompatible(ModelProviderSuite):
    @pytest.fixture
    def subject(self) -> Iterator[Subject]:
        with OpenAIServer() as server:
            yield Subject(
                make=lambda timeouts: OpenAICompatibleProvider(
                    base_url=server.base_url, api_key="test-key", timeouts=timeouts
                ),
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
            )

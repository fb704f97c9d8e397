import threading

import pytest

from runtime_app.providers.errors import ProviderError
from runtime_app.providers.provider import Message, ModelRequest, TextDelta
from runtime_app.providers.scripted import ScriptedProvider
from runtime_app.providers.timeouts import ProviderTimeouts


def read(model, **timeouts):
    request = ModelRequest(model, (Message("user", "hello"),))
    return list(ScriptedProvider(ProviderTimeouts(**timeouts)).open(request))


class JumpingClock:
    """Time passes only where a test says so."""

    def __init__(self):
        self.at = 0.0

    def now(self):
        raise AssertionError("a provider measures durations only")

    def monotonic(self):
        return self.at


def test_a_stall_before_the_first_token_meets_its_limit():
    with pytest.raises(ProviderError, match="first_token_s") as caught:
        read("stall?after=0", first_token_s=0.05)
    assert caught.value.outcome == "timeout"


def test_a_delay_longer_than_patience_is_a_timeout():
    with pytest.raises(ProviderError, match="between_tokens_s"):
        read("tokens?n=3&delay_ms=60000", between_tokens_s=0.05)


def test_a_delay_within_patience_is_waited_out():
    assert len(read("tokens?n=3&delay_ms=1", between_tokens_s=5)) == 5


def test_a_reader_that_takes_its_time_is_not_blamed_on_the_provider():
    clock = JumpingClock()
    request = ModelRequest("tokens?n=3&delay_ms=1", (Message("user", "hello"),))
    stream = ScriptedProvider(ProviderTimeouts(between_tokens_s=5), clock).open(request)
    texts = []
    for event in stream:
        texts.append(event)
        clock.at += 50
    assert len([event for event in texts if isinstance(event, TextDelta)]) == 3


def test_the_whole_call_has_an_end_even_for_a_slow_reader():
    clock = JumpingClock()
    request = ModelRequest("tokens?n=30&delay_ms=0", (Message("user", "hello"),))
    stream = ScriptedProvider(ProviderTimeouts(total_s=300), clock).open(request)
    texts = []
    with pytest.raises(ProviderError, match="total_s"):  # noqa: PT012 - the reader's own loop
        for event in stream:
            texts.append(event)
            clock.at += 50
    assert len(texts) == 6


def test_leaving_the_loop_closes_the_stream_and_leaves_no_thread():
    before = threading.active_count()
    request = ModelRequest("tokens?n=50&delay_ms=5", (Message("user", "hello"),))
    for _ in ScriptedProvider().open(request):
        break
    assert threading.active_count() == before

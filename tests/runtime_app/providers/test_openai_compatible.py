import socket
import subprocess
import sys
import threading
import time

import pytest

from runtime_app.providers.endpoint import Endpoint
from runtime_app.providers.errors import ProviderError
from runtime_app.providers.openai_compatible import chat_completions
from runtime_app.providers.provider import (
    Done,
    Message,
    ModelRequest,
    ReasoningDelta,
    TextDelta,
    ToolCall,
    ToolDefinition,
    Usage,
)
from runtime_app.providers.remote import RemoteProvider
from runtime_app.providers.timeouts import ProviderTimeouts
from tests.support.openai_server import OpenAIServer

CALC = ToolDefinition("calc", "Arithmetic.", {"type": "object"})


@pytest.fixture
def server():
    with OpenAIServer() as running:
        yield running


def provider(base_url, **timeouts):
    limits = ProviderTimeouts(**timeouts)
    return RemoteProvider("openai", Endpoint(chat_completions(), base_url, "test-key", limits))


def request(model, **fields):
    return ModelRequest(model, (Message("user", "What is 6*7?"),), (CALC,), **fields)


def read(server, model, **timeouts):
    return list(provider(server.base_url, **timeouts).open(request(model)))


def failure(server, model, **timeouts):
    with pytest.raises(ProviderError) as caught:
        read(server, model, **timeouts)
    return caught.value


def test_text_arrives_in_the_server_s_chunks(server):
    assert read(server, "ok") == [
        TextDelta("Hel"),
        TextDelta("lo, "),
        TextDelta("wörld"),
        Usage(7, 5),
        Done("stop"),
    ]


def test_the_request_carries_key_headers_and_prompt(server):
    list(
        provider(server.base_url).open(
            request("ok", headers={"traceparent": "00-aa-bb-01"}, max_output_tokens=9)
        )
    )
    (received,) = server.requests
    assert received.path == "/v1/chat/completions"
    assert received.headers["authorization"] == "Bearer test-key"
    assert received.headers["traceparent"] == "00-aa-bb-01"
    assert received.body["model"] == "ok"
    assert received.body["messages"] == [{"role": "user", "content": "What is 6*7?"}]
    assert received.body["tools"][0]["function"]["name"] == "calc"
    assert received.body["max_completion_tokens"] == 9
    assert received.body["stream_options"] == {"include_usage": True}


def test_nothing_is_taken_from_the_environment(server, monkeypatch):
    for name, value in {
        "OPENAI_API_KEY": "other-key",
        "OPENAI_BASE_URL": "http://127.0.0.1:1/v1",
        "OPENAI_ORG_ID": "org",
        "OPENAI_PROJECT_ID": "project",
        "HTTP_PROXY": "http://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(name, value)
    read(server, "ok")
    (received,) = server.requests
    assert received.headers["authorization"] == "Bearer test-key"
    assert "openai-organization" not in received.headers
    assert "openai-project" not in received.headers


def test_a_server_without_keys_can_be_used(server):
    keyless = RemoteProvider("openai", Endpoint(chat_completions(), server.base_url, ""))
    assert list(keyless.open(request("ok")))[-1] == Done("stop")


def test_fragments_of_parallel_calls_become_whole_calls(server):
    calls = [event for event in read(server, "parallel") if isinstance(event, ToolCall)]
    assert [(call.id, call.name, call.arguments) for call in calls] == [
        ("call_a", "calc", {"expression": "6*7"}),
        ("call_b", "clock", {}),
    ]


def test_reasoning_comes_before_the_answer(server):
    assert read(server, "reasoning")[:3] == [
        ReasoningDelta("Let me "),
        ReasoningDelta("think."),
        TextDelta("Done."),
    ]


@pytest.mark.parametrize(
    ("model", "reason"),
    [("length", "length"), ("filtered", "content-filter"), ("refusal", "content-filter")],
)
def test_the_end_says_why(server, model, reason):
    events = read(server, model)
    assert events[-1] == Done(reason)
    assert isinstance(events[0], TextDelta)


@pytest.mark.parametrize("model", ["cut-after-finish", "stall-after-finish"])
def test_a_finished_answer_is_not_spoiled_by_what_follows(server, model):
    assert read(server, model, between_tokens_s=0.2) == [TextDelta("all of it"), Done("stop")]


def test_the_wait_a_server_asks_for_is_passed_on(server):
    assert failure(server, "throttle").retry_after_s == 3.0


def test_a_closed_port_is_unreachable_and_nothing_was_executed():
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{reserved.getsockname()[1]}/v1"
        with pytest.raises(ProviderError) as caught:
            list(provider(address).open(request("ok")))
    assert (caught.value.outcome, caught.value.maybe_executed) == ("unreachable", False)


@pytest.mark.parametrize("model", ["stall-at-once", "keep-alive", "empty-chunks"])
def test_no_first_token_is_a_timeout_whatever_else_is_sent(server, model):
    read(server, "ok")  # what the first call of a process loads and makes is no part of this
    error = failure(server, model, first_token_s=0.3, total_s=3)
    assert "first_token_s" in error.message
    assert server.hung_up.wait(5) or len(server.requests) == 1, "expected the server to see it go"


@pytest.fixture
def deaf_server():
    """A listener that never accepts: its backlog is full, so the next connection waits."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        with socket.create_connection(listener.getsockname()):
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


def test_a_connection_that_does_not_come_about_is_unreachable(deaf_server):
    with pytest.raises(ProviderError, match="connect") as caught:
        list(provider(deaf_server, connect_s=0.2).open(request("ok")))
    assert (caught.value.outcome, caught.value.maybe_executed) == ("unreachable", False)


def test_closing_does_not_wait_for_a_connection(deaf_server):
    stream = provider(deaf_server, connect_s=2.0).open(request("ok"))
    reader = threading.Thread(target=lambda: list(stream))
    reader.start()
    reader.join(0.2)
    assert reader.is_alive(), "expected the stream to wait for its connection"
    stream.close()
    reader.join(0.1)
    assert not reader.is_alive()


@pytest.mark.parametrize("model", ["stall", "stall-at-once", "trickle", "keep-alive"])
def test_closing_hangs_up_at_once(server, model):
    stream = provider(server.base_url).open(request(model))
    reader = threading.Thread(target=lambda: list(stream))
    reader.start()
    deadline = time.monotonic() + 5
    while not server.requests and time.monotonic() < deadline:
        reader.join(0.01)
    closed_at = time.monotonic()
    stream.close()
    reader.join(5)
    assert time.monotonic() - closed_at < 0.1
    assert server.hung_up.wait(2), "expected the server to see the connection go"


def test_leaving_the_loop_hangs_up_and_ends_the_thread(server):
    for _ in provider(server.base_url).open(request("trickle")):
        break
    assert server.hung_up.wait(2)
    for thread in threading.enumerate():
        if thread.name == "model-call":
            thread.join(2)
            assert not thread.is_alive()


def test_the_sdk_is_loaded_by_the_first_call_only():
    program = (
        "import sys\n"
        "from runtime_app.providers.endpoint import Endpoint\n"
        "from runtime_app.providers.openai_compatible import chat_completions\n"
        "from runtime_app.providers.provider import ModelRequest\n"
        "from runtime_app.providers.remote import RemoteProvider\n"
        "endpoint = Endpoint(chat_completions(), 'http://localhost/v1', 'k')\n"
        "made = RemoteProvider('openai', endpoint)\n"
        "made.open(ModelRequest('m', ()))\n"
        "sys.exit(bool({'openai', 'httpx2', 'pydantic'} & sys.modules.keys()))\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0

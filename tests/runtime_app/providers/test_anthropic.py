"""What only Anthropic does: the rest is in the suite that every provider passes."""

import pytest

from runtime_app.providers.anthropic import messages
from runtime_app.providers.endpoint import Endpoint
from runtime_app.providers.provider import Done, Message, ModelRequest, ToolDefinition
from runtime_app.providers.remote import RemoteProvider
from runtime_app.providers.timeouts import ProviderTimeouts
from tests.support.anthropic_server import AnthropicServer

CALC = ToolDefinition("calc", "Arithmetic.", {"type": "object"})


@pytest.fixture(scope="module")
def server():
    with AnthropicServer() as running:
        yield running


def read(server, model, **timeouts):
    limits = ProviderTimeouts(**timeouts)
    endpoint = Endpoint(messages(), server.base_url, "test-key", limits)
    request = ModelRequest(
        model, (Message("user", "What is 6*7?"),), (CALC,), headers={"traceparent": "00-aa-bb-01"}
    )
    return list(RemoteProvider("anthropic", endpoint).open(request))


def test_the_request_carries_key_version_headers_and_prompt(server):
    read(server, "ok")
    received = server.requests[-1]
    assert received.path == "/v1/messages"
    assert received.headers["authorization"] == "Bearer test-key"
    assert received.headers["anthropic-version"]
    assert received.headers["traceparent"] == "00-aa-bb-01"
    assert received.body["tools"][0]["name"] == "calc"
    assert received.body["max_tokens"] > 0


def test_nothing_is_taken_from_the_environment(server, monkeypatch):
    for name, value in {
        "ANTHROPIC_API_KEY": "other-key",
        "ANTHROPIC_AUTH_TOKEN": "other-token",
        "ANTHROPIC_BASE_URL": "http://127.0.0.1:1",
        "ANTHROPIC_CUSTOM_HEADERS": "x-tenant: acme",
        "HTTP_PROXY": "http://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(name, value)
    assert read(server, "ok")[-1] == Done("stop")
    headers = server.requests[-1].headers
    assert "x-tenant" not in headers
    assert not any("other" in value for value in headers.values())


@pytest.mark.parametrize("model", ["cut-after-finish", "stall-after-finish"])
def test_a_finished_answer_is_not_spoiled_by_what_follows(server, model):
    assert read(server, model, between_tokens_s=0.2)[-1] == Done("stop")

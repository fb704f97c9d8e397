"""A model outside is called through the egress proxy, where the deployment has one."""

import socket
import threading
import time

import pytest

from runtime_app.egress.proxy import Proxy
from runtime_app.egress.secret import Secret
from runtime_app.providers.endpoint import Endpoint
from runtime_app.providers.errors import ProviderError
from runtime_app.providers.openai_compatible import chat_completions
from runtime_app.providers.provider import Message, ModelRequest, TextDelta
from runtime_app.providers.remote import RemoteProvider
from runtime_app.providers.timeouts import ProviderTimeouts
from tests.support.forward_proxy import forward_proxy
from tests.support.openai_server import OpenAIServer
from tests.support.outside import serving, trusting

NAME = "api.example.com"


@pytest.fixture
def proxy():
    with forward_proxy() as running:
        running.addresses[NAME] = "127.0.0.1"
        yield running


@pytest.fixture
def server():
    with OpenAIServer(tls=serving([])) as running:
        yield running


def provider(port, proxy, base_url="", **timeouts):
    endpoint = Endpoint(
        chat_completions(),
        base_url or f"https://{NAME}:{port}/v1",
        "test-key",
        ProviderTimeouts(**timeouts),
        trusting(),
        proxy,
    )
    return RemoteProvider("openai", endpoint)


def at(running, login=None):
    return Proxy("127.0.0.1", running.port, login)


def request(model):
    return ModelRequest(model, (Message("user", "What is 6*7?"),))


def failure(stream):
    with pytest.raises(ProviderError) as caught:
        list(stream)
    return caught.value


def test_the_proxy_opens_a_tunnel_to_the_models_host(server, proxy):
    events = list(provider(server.port, at(proxy)).open(request("ok")))
    assert [event for event in events if isinstance(event, TextDelta)]
    (head,) = proxy.heads
    assert head.startswith(f"CONNECT {NAME}:{server.port} HTTP/1.1\r\n")
    assert "test-key" not in head
    assert server.requests[0].headers["authorization"] == "Bearer test-key"


def test_the_proxys_login_is_shown_to_the_proxy_alone(server, proxy):
    list(provider(server.port, at(proxy, Secret("us:er"))).open(request("ok")))
    assert "proxy-authorization: basic dxm6zxi=" in proxy.heads[0].lower()
    assert "proxy-authorization" not in server.requests[0].headers


def test_a_model_in_our_own_network_is_called_directly(proxy):
    with OpenAIServer() as inside:
        list(provider(0, at(proxy), base_url=inside.base_url).open(request("ok")))
        assert inside.requests
    assert proxy.heads == []


def test_a_proxy_that_opens_no_tunnel_is_unavailable_and_nothing_was_executed(server, proxy):
    proxy.answer = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
    found = failure(provider(server.port, at(proxy)).open(request("ok")))
    assert (found.outcome, found.maybe_executed) == ("unreachable", False)
    assert "egress proxy" in str(found)
    assert server.requests == []


def test_a_proxy_that_does_not_answer_is_no_connection(server):
    """It has taken the connection and the request for a tunnel: nothing stands yet."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        waiting = provider(
            server.port,
            Proxy("127.0.0.1", silent.getsockname()[1]),
            connect_s=0.3,
            first_token_s=20,
        )
        found = failure(waiting.open(request("ok")))
    assert (found.outcome, found.maybe_executed) == ("unreachable", False)


@pytest.mark.parametrize("model", ["stall", "trickle"])
def test_closing_hangs_up_at_once_behind_a_tunnel_too(server, proxy, model):
    stream = provider(server.port, at(proxy)).open(request(model))
    reader = threading.Thread(target=lambda: list(stream))
    reader.start()
    deadline = time.monotonic() + 20
    while not server.requests and time.monotonic() < deadline:
        reader.join(0.01)
    assert server.requests
    stream.close()
    reader.join(5)
    assert not reader.is_alive()
    assert server.hung_up.wait(20), "expected the server to see the connection go"

"""A model that asks for an address that it may not have, over HTTP on a running stack."""

import base64
import json
import socket
from collections.abc import Iterator

import pytest

from tests.support.api import Api, fresh, parts, text_of
from tests.support.forward_proxy import ForwardProxy, forward_proxy
from tests.support.postgres import PATIENCE_S, session
from tests.support.stack import RunningStack, eventually, running_stack

#: Public, so that it may be asked; nothing is sent there, because the proxy opens no tunnel.
ADDRESS = "93.184.215.14"
CREDENTIALS = {
    "mine": {"origin": f"https://{ADDRESS}", "header": "Authorization", "value": "Bearer hush-hush"}
}

#: Nothing else of this file cancels a run.
WEBHOOKS = {"ops": {"url": f"https://{ADDRESS}/hook", "events": ["run.canceling"]}}


@pytest.fixture(scope="module")
def proxy() -> Iterator[ForwardProxy]:
    with forward_proxy() as running:
        running.answer = b"HTTP/1.1 403 Forbidden\r\n\r\n"
        yield running


@pytest.fixture(scope="module")
def stack(proxy: ForwardProxy) -> Iterator[RunningStack]:
    with running_stack(
        OA_EGRESS_ALLOW=f"api.example.com, *.example.org, {ADDRESS}",
        OA_EGRESS_PROXY=f"http://127.0.0.1:{proxy.port}",
        OA_EGRESS_CREDENTIALS=json.dumps(CREDENTIALS),
        OA_EGRESS_LOGINS="mine",
        OA_WEBHOOKS=json.dumps(WEBHOOKS),
        OA_WEBHOOK_SECRETS="ops:whsec_" + base64.b64encode(b"k" * 32).decode(),
    ) as running:
        yield running


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


def ask(api: Api, url: str, **more: str) -> tuple[dict, str]:
    """Have the scripted model fetch a URL: the tool's result, and what the model made of it."""
    run_id, thread_id = fresh(), fresh("t")
    arguments = json.dumps({"url": url, **more})
    model = "scripted/call?tool=http.get"
    events = list(api.run_and_stream(run_id, thread_id, arguments, model=model))
    assert parts(events)[-1]["type"] == "finish"
    [result] = [
        event["payload"]
        for event in api.events(run_id, thread_id)
        if event["type"] == "tool.result"
    ]
    assert result["tool_name"] == "http.get"
    return result, text_of(events)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://127.0.0.1:{port}/", "address_forbidden"),
        ("https://[::ffff:127.0.0.1]:{port}/", "address_forbidden"),
        ("http://127.0.0.1:{port}/", "address_forbidden"),
        ("https://2130706433:{port}/", "host_numeric"),
        ("https://localhost:{port}/", "host_local"),
        ("https://api.example.com:{port}/", "port_forbidden"),
        ("https://api.example.com@127.0.0.1:{port}/", "userinfo_forbidden"),
        ("https://169.254.169.254/latest/meta-data/", "address_forbidden"),
        ("https://evil.example.net/", "host_not_allowed"),
    ],
)
def test_a_forbidden_url_fails_its_call_and_nothing_is_connected(
    stack: RunningStack, proxy: ForwardProxy, listener: socket.socket, url: str, code: str
) -> None:
    api = Api.of(stack.state)
    result, said = ask(api, url.replace("{port}", str(listener.getsockname()[1])))
    assert result["status"] == "failed"
    assert result["error"].startswith(f"{code}: ")
    assert code in said
    with pytest.raises(BlockingIOError):
        listener.accept()
    assert proxy.heads == []


def test_a_credential_is_not_taken_to_another_origin(
    stack: RunningStack, proxy: ForwardProxy
) -> None:
    result, _ = ask(Api.of(stack.state), "https://api.example.com/", login="mine")
    assert result["error"].startswith("credential_origin: ")
    assert proxy.heads == []


def test_what_is_allowed_goes_out_through_the_proxy_to_the_checked_address(
    stack: RunningStack, proxy: ForwardProxy
) -> None:
    result, _ = ask(Api.of(stack.state), f"https://{ADDRESS}/", login="mine")
    assert result["error"].startswith("proxy_refused: ")
    [head] = proxy.heads
    proxy.heads.clear()
    assert head.startswith(f"CONNECT {ADDRESS}:443 HTTP/1.1\r\n")
    assert "hush" not in head


def test_without_a_setting_no_host_may_be_asked(api: Api) -> None:
    result, _ = ask(api, "https://api.example.com/")
    assert result["status"] == "failed"
    assert result["error"].startswith("host_not_allowed: ")


def test_a_notice_is_sent_by_beat_and_worker_through_the_same_guard(
    stack: RunningStack, proxy: ForwardProxy
) -> None:
    api, run = Api.of(stack.state), (fresh(), fresh("t"))
    assert api.start(*run).status_code == 201
    assert api.cancel(*run).status_code == 202
    with session(stack.state["owner_database_url"]) as owner:
        eventually(
            lambda: owner.rows("select 1 from runtime.webhook_attempts"), within_s=PATIENCE_S
        )
        [told] = owner.rows(
            "select d.run_id, d.notice, d.state, a.error"
            " from runtime.webhook_attempts a join runtime.webhook_deliveries d using (delivery_id)"
            " where a.attempt = 1"
        )
    assert told == (run[0], "run.canceling", "pending", "proxy_refused")
    assert proxy.heads[0].startswith(f"CONNECT {ADDRESS}:443 HTTP/1.1\r\n")

"""nginx carries the streams: what a browser gets where the runtime, or the driver, is another."""

import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.api import fresh
from tests.support.php_application import application
from tests.support.php_site import php_site


@pytest.fixture
def site(stack_state: dict[str, Any]) -> Iterator[Callable[..., str]]:
    """Serve an application with `accel` and further settings; nginx may find another runtime."""
    with ExitStack() as opened:

        def serve(runtime: str | None = None, **settings: str) -> str:
            home = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="oa-accel-")))
            env = application(home, stack_state, OA_RUNTIME_STREAM_ACCEL="true", **settings)
            return opened.enter_context(php_site(home, env, workers=1, runtime=runtime))

        yield serve


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address where nobody listens, and nobody else will."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


@pytest.fixture
def gateway() -> Iterator[str]:
    """A gateway that has lost its runtime."""

    class Lost(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(502)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Lost) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def send(site: str, text: str) -> requests.Response:
    message = {"id": "m1", "role": "user", "parts": [{"type": "text", "text": text}]}
    return requests.post(
        f"{site}/api/chat",
        json={"id": fresh("u42."), "messages": [message]},
        headers={"X-Test-Who": "u42"},
        timeout=60,
    )


def test_a_runtime_that_nginx_cannot_reach_is_an_envelope_and_503(site, nobody):
    answer = send(site(runtime=nobody), "hello")
    assert answer.status_code == 503
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["error"]["code"] == "unavailable"
    assert not [name for name in answer.headers if name.lower().startswith("x-")]


def test_a_gateway_that_answers_in_html_is_the_same(site, gateway):
    answer = send(site(runtime=gateway), "hello")
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "unavailable"


def test_a_run_of_the_legacy_driver_is_carried_by_php(site, nobody):
    answer = send(site(runtime=nobody, OA_RUNTIME_DRIVER="legacy"), "hello there")
    assert answer.status_code == 200
    assert answer.text.endswith("data: [DONE]\n\n")
    assert "hello" in answer.text

"""What the page's server answers, and what it does not, without a browser."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from runtime_app.local import ports
from runtime_app.local.page.presets import offered
from runtime_app.local.page.relay import Relay
from runtime_app.local.page.server import Page, serve
from runtime_app.security.key_ring import SigningKey
from tests.support.api import fresh

COOKIE = {"Cookie": "oa_page_guest=page-0123456789abcdefghijklmnop"}


@pytest.fixture
def page_url(stack_state: dict[str, Any]) -> str:
    return stack_state["page_url"]


@pytest.fixture
def alone() -> Iterator[str]:
    """A page whose API is not there."""
    relay = Relay(f"http://127.0.0.1:{ports.free_port()}", SigningKey("k", b"x" * 16))
    port = ports.free_port()
    with serve(port, Page(relay, {"models": []})) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{port}"
        server.shutdown()
        thread.join()


def ask(method: str, url: str, **headers: str) -> requests.Response:
    return requests.request(method, url, headers=headers, timeout=30)


def refusal(response: requests.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def test_the_page_comes_with_a_guest_and_a_policy_that_lets_nothing_else_in(page_url: str):
    response = ask("GET", page_url)
    assert response.status_code == 200
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "unsafe" not in policy
    assert "http" not in policy
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("oa_page_guest=page-")
    assert cookie.endswith("HttpOnly; SameSite=Strict")
    assert "Set-Cookie" not in ask("GET", page_url, **COOKIE).headers


def test_every_file_is_served_as_what_it_is_and_nothing_else_is(page_url: str):
    assert ask("GET", f"{page_url}/page.css").headers["Content-Type"] == "text/css; charset=utf-8"
    script = ask("GET", f"{page_url}/js/main.js")
    assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert script.headers["X-Content-Type-Options"] == "nosniff"
    for path in ("/../server.py", "/js/%2e%2e/index.html", "/index.html", "/js", "/api", "/x"):
        session = requests.Session()
        request = requests.Request("GET", page_url).prepare()
        request.url = page_url + path
        assert refusal(session.send(request, timeout=30)) == (404, "not_found"), path


def test_no_file_names_another_host_or_holds_inline_script(page_url: str):
    index = ask("GET", page_url).text
    assert "<script type=" in index
    assert "://" not in index
    assert " on" not in "".join(part.partition(">")[0] for part in index.split("<")[1:])


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_origin_gets_nothing(page_url: str, headers: dict[str, str]):
    for path in ("/", "/page.json", "/api/threads/t/state"):
        response = ask("GET", page_url + path, **COOKIE, **headers)
        assert refusal(response) == (403, "forbidden")


def test_a_form_of_another_site_cannot_post(page_url: str):
    response = ask(
        "POST", f"{page_url}/api/runs/stream", **COOKIE, **{"Content-Type": "text/plain"}
    )
    assert refusal(response) == (403, "forbidden")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/runs/stream"),
        ("POST", "/api/runs"),
        ("POST", "/api/runs/r/frames"),
        ("POST", "/api/threads/t/state"),
        ("GET", "/internal/v1/runs/r"),
        ("GET", "/api/runs/a%2Fb/snapshot"),
        ("GET", "/api//runs/r/snapshot"),
    ],
)
def test_only_what_the_page_needs_is_passed_on(page_url: str, method: str, path: str):
    response = requests.request(method, page_url + path, headers=COOKIE, json={}, timeout=30)
    assert refusal(response) == (404, "not_found")


@pytest.mark.parametrize("cookie", ["", "oa_page_guest=user", "oa_page_guest=page-../../x", "=;="])
def test_whoever_is_no_guest_of_the_page_is_nobody(page_url: str, cookie: str):
    response = ask("GET", f"{page_url}/api/threads/t/state", Cookie=cookie)
    assert refusal(response) == (401, "unauthorized")


def test_a_body_without_a_length_or_too_large_is_refused(page_url: str):
    headers = {**COOKIE, "Content-Type": "application/json", "Content-Length": "9999999"}
    assert refusal(ask("POST", f"{page_url}/api/runs/stream", **headers)) == (
        413,
        "payload_too_large",
    )


def test_answers_and_refusals_of_the_api_come_back_as_they_are(page_url: str):
    unknown = ask("GET", f"{page_url}/api/runs/{fresh()}/snapshot?thread_id=t", **COOKIE)
    assert refusal(unknown) == (404, "not_found")
    assert unknown.headers["X-Request-Id"]
    assert unknown.headers["Cache-Control"] == "no-store"
    bad = requests.post(f"{page_url}/api/runs/stream", headers=COOKIE, json={}, timeout=30)
    assert refusal(bad) == (400, "invalid_request")


def test_a_stream_is_passed_on_and_resumes_by_its_last_id(page_url: str):
    run, thread = fresh(), fresh("t")
    body = {
        "run": {"run_id": run, "thread_id": thread, "model": "scripted/echo"},
        "frame": {"frame_id": "f1", "type": "user_message", "payload": {"text": "hello"}},
    }
    whole = requests.post(f"{page_url}/api/runs/stream", headers=COOKIE, json=body, timeout=30)
    assert whole.headers["Content-Type"] == "text/event-stream"
    assert whole.headers["X-OA-RUN-ID"] == run
    events = [block for block in whole.text.split("\n\n") if "data:" in block]
    assert events[-1].endswith("data: [DONE]")
    last = events[2].splitlines()[0].removeprefix("id: ")
    url = f"{page_url}/api/runs/{run}/stream?thread_id={thread}"
    rest = ask("GET", url, **COOKIE, **{"Last-Event-ID": last})
    assert [block for block in rest.text.split("\n\n") if "data:" in block] == events[3:]


def test_an_api_that_is_away_is_said_to_be(alone: str):
    response = ask("GET", f"{alone}/api/threads/t/state", **COOKIE)
    assert refusal(response) == (502, "stack_unreachable")


def test_a_real_model_stands_first_and_scripts_are_marked():
    rows = offered("openai/gpt-x")
    assert (rows[0]["model"], rows[0]["scripted"]) == ("openai/gpt-x", False)
    assert all(row["scripted"] for row in rows[1:])
    assert all(row["scripted"] for row in offered("scripted/demo"))
    assert len({row["model"] for row in rows}) == len(rows)


def test_the_page_is_told_of_its_stack(page_url: str, stack_state: dict[str, Any]):
    told = json.loads(ask("GET", f"{page_url}/page.json").text)
    assert told["apiUrl"] == stack_state["base_url"]
    assert told["models"] == offered("scripted/demo")

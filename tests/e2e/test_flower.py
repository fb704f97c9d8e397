"""Flower, over HTTP: who signs in sees workers, queues and tasks, and can act on none of them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from flower.urls import handlers
from tornado.routing import URLSpec

from runtime_app.roles import DEPLOYED
from tests.support.api import Api, fresh
from tests.support.stack import eventually

WITHIN_S = 60.0
TIMEOUT_S = 30.0
QUEUES = {role.name.removeprefix("worker-"): role.queues for role in DEPLOYED if role.queues}
#: Needs no sign-in: counts, a word for probes, pictures and scripts, the end of a session.
OPEN = {"/metrics", "/healthcheck", "/static/nobody", "/logout"}
#: Reads its long query from a body.
READING_POST = "/tasks/datatable"


def _paths(method: str) -> Iterator[str]:
    """Where Flower answers to `method`, with `nobody` for the name of a worker or a task."""
    for entry in handlers:
        spec = entry if isinstance(entry, URLSpec) else URLSpec(*entry)
        pattern = spec.regex.pattern.removesuffix("$")
        if pattern != ".*" and method in vars(spec.handler_class):
            yield re.sub(r"\(\.[*+]\)", "nobody", pattern.removesuffix("/?"))


READING = sorted({*_paths("get")} - OPEN)
ACTING = sorted({*_paths("post"), *_paths("put"), *_paths("patch"), *_paths("delete")})
ACTING.remove(READING_POST)


class Flower:
    """One operator's sight of it."""

    def __init__(self, state: dict[str, Any]) -> None:
        self.url: str = state["flower_url"]
        self.sign_in = (state["flower_user"], state["flower_password"])

    def get(self, path: str, **query: str) -> requests.Response:
        """An answer to who has signed in; asserts 200."""
        answer = requests.get(self.url + path, params=query, auth=self.sign_in, timeout=TIMEOUT_S)
        assert answer.status_code == 200, answer.text
        return answer

    def post(self, path: str, **form: str) -> requests.Response:
        """An answer to who has signed in."""
        return requests.post(self.url + path, data=form, auth=self.sign_in, timeout=TIMEOUT_S)

    def workers(self) -> dict[str, Any]:
        """What each worker has said of itself, by its name without the machine's; asked anew."""
        told = self.get("/api/workers", refresh="1").json()
        return {name.partition("@")[0]: {"name": name, **about} for name, about in told.items()}

    def all_workers(self) -> dict[str, Any]:
        """The same, once all have answered."""

        def all_of_them() -> dict[str, Any] | None:
            found = self.workers()
            heard = {name for name, about in found.items() if about.keys() >= {"stats", "conf"}}
            return found if heard >= QUEUES.keys() else None

        return eventually(all_of_them, within_s=WITHIN_S, what="every worker has answered Flower")


@pytest.fixture
def flower(stack_state: dict[str, Any]) -> Flower:
    return Flower(stack_state)


def test_the_acts_that_are_refused_are_all_that_flower_has():
    known = ("worker/shutdown", "worker/pool/grow", "worker/queue/cancel-consumer")
    known += ("task/rate-limit", "task/revoke", "task/timeout", "task/send-task", "task/abort")
    assert {f"/api/{act}/nobody" for act in known} < set(ACTING)
    assert {"/", "/api/workers", "/api/tasks", "/api/queues/length", "/broker"} < set(READING)
    assert {*_paths("get")} > OPEN


@pytest.mark.parametrize("path", READING)
def test_nothing_is_shown_to_who_has_not_signed_in(flower: Flower, path: str):
    name, password = flower.sign_in
    for given in (None, (name, password + "x"), ("nobody", password), (name, "")):
        answer = requests.get(flower.url + path, auth=given, timeout=TIMEOUT_S)
        assert answer.status_code == 401, given


@pytest.mark.parametrize("path", ACTING)
def test_nobody_can_act_signed_in_or_not(flower: Flower, path: str):
    assert requests.post(flower.url + path, timeout=TIMEOUT_S).status_code == 401
    answer = flower.post(path)
    assert (answer.status_code, answer.text) == (403, "Read only mode is enabled")


def test_a_worker_and_its_tasks_are_left_as_they_were(flower: Flower):
    before = flower.all_workers()["tools"]
    acts = {
        f"/api/worker/pool/grow/{before['name']}": {"n": "1"},
        f"/api/worker/pool/shrink/{before['name']}": {"n": "1"},
        "/api/task/rate-limit/runs.step": {"workername": before["name"], "ratelimit": "1/h"},
        f"/api/worker/queue/add-consumer/{before['name']}": {"queue": "maintenance"},
    }
    assert {flower.post(path, **form).status_code for path, form in acts.items()} == {403}
    after = flower.all_workers()["tools"]
    assert after["stats"]["pool"]["max-concurrency"] == before["stats"]["pool"]["max-concurrency"]
    assert [queue["name"] for queue in after["active_queues"]] == ["tools"]


def test_no_path_throws_messages_away(flower: Flower):
    paths = ("/api/queue/purge/runs", "/api/queues/purge", "/api/control/purge", "/broker/purge")
    assert {flower.post(path).status_code for path in paths} == {404}
    assert {flower.post(path).status_code for path in ("/broker", "/api/queues/length")} == {405}


def test_it_shows_the_workers_and_the_queues_that_they_consume(flower: Flower):
    told = flower.all_workers()
    assert {
        name: tuple(queue["name"] for queue in about["active_queues"])
        for name, about in told.items()
    } == QUEUES
    page = flower.get("/workers").text
    assert all(about["name"] in page for about in told.values())
    lengths = flower.get("/api/queues/length").json()["active_queues"]
    assert {each["name"] for each in lengths} == {q for queues in QUEUES.values() for q in queues}


def test_it_shows_the_tasks_of_a_run_that_has_finished(flower: Flower, api: Api):
    run_id = fresh()
    list(api.run_and_stream(run_id, fresh("t"), "What is 6*7?"))

    def finished() -> dict[str, Any] | None:
        steps = {"taskname": "runs.step", "state": "SUCCESS", "search": f"args:{run_id}"}
        tasks = flower.get("/api/tasks", **steps).json().values()
        return next((task for task in tasks if task["result"] == "'finished'"), None)

    task = eventually(finished, within_s=WITHIN_S, what="the last step of the run in Flower")
    assert run_id in task["args"]
    assert task["worker"].partition("@")[0] == "runs"
    assert run_id in flower.get(f"/task/{task['uuid']}").text


def test_it_shows_no_password_of_the_broker(flower: Flower, stack_state: dict[str, Any]):
    password = urlsplit(stack_state["broker_url"]).password
    assert password
    worker = flower.all_workers()["runs"]["name"]
    for path in ("/workers", "/broker", "/api/workers", f"/worker/{worker}"):
        assert password not in flower.get(path).text


def test_its_cookies_are_signed_with_the_secret_of_the_home(stack_state: dict[str, Any]):
    kept = json.loads((Path(stack_state["home"]) / "secrets.json").read_text())
    environ = Path(f"/proc/{stack_state['roles']['flower']['pid']}/environ").read_text()
    assert f"FLOWER_COOKIE_SECRET={kept['flower_cookie_secret']}" in environ.split("\0")

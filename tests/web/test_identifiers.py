"""An id that contains a credential is refused wherever a client may send one."""

from collections.abc import Callable

import pytest
import requests

from tests.support.api import Api, fresh
from tests.support.secrets import planted
from tests.web.envelope import refused

KEY = planted()["model key"]
Call = Callable[[Api], requests.Response]


def _nested(**run: str) -> Call:
    body = {
        "run": {"thread_id": fresh("t"), **run},
        "frame": {"frame_id": "f1", "type": "user_message", "payload": {"text": "hi"}},
    }
    names = {"run_id": body["run"].get("run_id"), "thread_id": body["run"]["thread_id"]}
    return lambda api: api.send("POST", "/runs/stream", body=body, **names)


PLACES: dict[str, tuple[str, Call]] = {
    "run of a start": ("run_id", lambda api: api.start(KEY, fresh("t"))),
    "thread of a start": ("thread_id", lambda api: api.start(fresh(), f"x:{KEY}")),
    "autopilot": (
        "autopilot_id",
        lambda api: api.start(fresh(), fresh("t"), autopilot_id=f"a.{KEY}"),
    ),
    "run of a path": ("run_id", lambda api: api.get("/snapshot", KEY, fresh("t"))),
    "thread of a query": ("thread_id", lambda api: api.get("/snapshot", fresh(), KEY)),
    "thread of a path": (
        "thread_id",
        lambda api: api.send("GET", f"/threads/{KEY}/state", thread_id=KEY),
    ),
    "frame": ("frame_id", lambda api: api.frame(fresh(), fresh("t"), KEY)),
    "run of a start with a stream": ("run.run_id", _nested(run_id=KEY)),
    "thread of a start with a stream": ("run.thread_id", _nested(thread_id=KEY)),
    "guest": ("X-OA-GUEST-SCOPE", lambda api: api.as_guest(KEY).start(fresh(), fresh("t"))),
}


@pytest.mark.parametrize("place", PLACES)
def test_it_is_refused_with_its_field_and_without_being_quoted(api: Api, place: str) -> None:
    field, call = PLACES[place]
    response = call(api)
    refused(response, 400, "invalid_request")
    [detail] = response.json()["error"]["details"]
    assert detail["field"] == field
    assert detail["message"].startswith("input_refused.secret_in_identifier")
    assert KEY not in response.text


def test_a_request_id_that_contains_one_is_replaced(api: Api) -> None:
    response = api.start(fresh(), fresh("t"))
    assert response.status_code == 201
    answer = api.send(
        "POST",
        "/runs",
        thread_id="t",
        body={"thread_id": "t"},
        headers={"X-Request-Id": KEY},
    )
    assert answer.headers["X-Request-Id"] not in ("", KEY)


@pytest.mark.parametrize("run_id", ["sk-learn-notes", "order:2024-05-06:0001", "0" * 64, "a.b_c-d"])
def test_an_id_that_only_looks_a_little_like_one_is_none(api: Api, run_id: str) -> None:
    assert api.start(f"{fresh()}:{run_id}", fresh("t")).status_code == 201

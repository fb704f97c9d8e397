"""What the tests' client holds every answer against finds what is not foreseen."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from runtime_app.sse import SseEvent
from tests.support import contract
from tests.support.api import Api
from tests.web import routes
from tests.web.endings import ended


@pytest.fixture
def answer(api: Api) -> requests.Response:
    """A snapshot of a run that waits."""
    return api.get("/snapshot", *routes.start(api))


def edited(answer: requests.Response, edit: Callable[[Any], None]) -> requests.Response:
    body = answer.json()
    edit(body)
    answer._content = json.dumps(body).encode()
    return answer


def test_the_answer_as_it_came_is_foreseen(answer: requests.Response) -> None:
    contract.conforms(answer)


@pytest.mark.parametrize(
    "edit",
    [
        lambda body: body.update(more=1),
        lambda body: body["usage"].update(more=1),
        lambda body: body.pop("status"),
        lambda body: body.update(status="asleep"),
        lambda body: body.update(createdAt="yesterday"),
        lambda body: body.update(terminal={"status": "running"}),
        lambda body: body.update(chainHead=None),
    ],
)
def test_a_body_that_is_not_foreseen_is_told(
    answer: requests.Response, edit: Callable[[Any], None]
) -> None:
    with pytest.raises(AssertionError, match="is not what"):
        contract.conforms(edited(answer, edit))


def test_a_status_that_is_not_foreseen_is_told(answer: requests.Response) -> None:
    answer.status_code = 202
    with pytest.raises(AssertionError, match="-> 202 is not in"):
        contract.conforms(answer)


def test_a_header_that_is_missing_is_told(answer: requests.Response) -> None:
    del answer.headers["X-Request-Id"]
    with pytest.raises(AssertionError, match="the header X-Request-Id is missing"):
        contract.conforms(answer)


def test_a_code_that_does_not_belong_to_its_status_is_told(api: Api) -> None:
    answer = api.get("", "no-such-run", "t")
    assert answer.status_code == 404
    with pytest.raises(AssertionError, match="is not what"):
        contract.conforms(edited(answer, lambda body: body["error"].update(code="gone")))


def test_a_first_time_that_calls_itself_a_replay_is_told(api: Api) -> None:
    answer = api.start(None, "t")
    with pytest.raises(AssertionError, match="is not what"):
        contract.conforms(edited(answer, lambda body: body.update(idempotentReplay=True)))


@pytest.mark.parametrize(
    ("query", "event"),
    [
        ("", SseEvent('{"type":"text-delta","delta":"a"}', "message", "1")),
        ("", SseEvent('{"type":"text-delta","id":"p","delta":"a","more":1}', "message", "1")),
        ("", SseEvent('{"type":"surprise"}', "message", "1")),
        ("&format=native", SseEvent('{"type":"run.started"}', "run.started", "1")),
    ],
)
def test_a_part_that_is_not_foreseen_is_told(api: Api, query: str, event: SseEvent) -> None:
    run_id, thread_id = ended(api)
    answer = api.get("/stream", run_id, thread_id, f"{query}&cursor=0")
    with pytest.raises(AssertionError, match=r"is not what|is not in"):
        list(contract.conforming(answer, [event]))

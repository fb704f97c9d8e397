"""`POST /runs/stream`: start, append and stream in one; sent again, it only attaches."""

from collections.abc import Mapping
from typing import Any

import pytest
import requests

from tests.support.api import Api, fresh, text_of
from tests.web.envelope import fields, refused
from tests.web.reading import Block, data, ids, parsed

MODEL = "scripted/echo"


def post(
    api: Api,
    run_id: str | None,
    thread_id: str,
    text: str = "hello",
    *,
    query: str = "",
    headers: Mapping[str, str] | None = None,
    **run: Any,
) -> requests.Response:
    """Start, append `text` as frame `f1`, stream."""
    body = {
        "run": {"run_id": run_id, "thread_id": thread_id, "model": MODEL, **run},
        "frame": {"frame_id": "f1", "type": "user_message", "payload": {"text": text}},
    }
    if run_id is None:
        del body["run"]["run_id"]
    names = {"run_id": run_id, "thread_id": thread_id}
    path = f"/runs/stream{query}"
    return api.send("POST", path, body=body, headers=headers, stream=True, **names)


def read(response: requests.Response) -> list[Block]:
    """The blocks of a stream that was given."""
    with response:
        assert response.status_code == 200, response.text
        return parsed(response.content.decode())


def test_it_is_the_stream_of_the_run_from_its_beginning(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    response = post(api, run_id, thread_id)
    assert response.headers["X-OA-RUN-ID"] == run_id
    assert response.headers["Content-Type"] == "text/event-stream"
    assert response.headers["x-vercel-ai-ui-message-stream"] == "v1"
    found = read(response)
    again = list(api.stream(run_id, thread_id))
    assert data(found) == [event.data for event in again]
    assert text_of(again) == "hello"


def test_a_run_without_an_id_is_told_its_own(api: Api) -> None:
    thread_id = fresh("t")
    response = post(api, None, thread_id)
    run_id = response.headers["X-OA-RUN-ID"]
    assert data(read(response))[-1] == "[DONE]"
    assert api.snapshot(run_id, thread_id)["status"] == "completed"


def test_sent_again_it_attaches_and_runs_nothing_twice(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    first = read(post(api, run_id, thread_id))
    before = api.events(run_id, thread_id)
    again = read(post(api, run_id, thread_id))
    assert data(again) == data(first)
    assert api.events(run_id, thread_id) == before


def test_sent_again_while_it_runs_it_reads_the_same_answer(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    slow = {"model": "scripted/tokens?n=30&delay_ms=25&bytes=8"}
    with post(api, run_id, thread_id, **slow) as first:
        incoming = first.iter_content(None)
        text = next(incoming)
        again = read(post(api, run_id, thread_id, **slow))
        text += b"".join(incoming)
    assert data(parsed(text.decode())) == data(again)
    types = [event["type"] for event in api.events(run_id, thread_id)]
    assert types.count("model.call_started") == 1


def test_sent_again_it_resumes_where_the_reader_was(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    whole = read(post(api, run_id, thread_id))
    middle = ids(whole)[2]
    for query, headers in (
        (f"?cursor={middle}", None),
        ("", {"Last-Event-ID": str(middle)}),
        (f"?cursor={middle}", {"Last-Event-ID": str(middle)}),
    ):
        rest = read(post(api, run_id, thread_id, query=query, headers=headers))
        assert data(rest) == data(whole)[3:]
    differing = post(
        api, run_id, thread_id, query=f"?cursor={middle}", headers={"Last-Event-ID": "1"}
    )
    refused(differing, 400, "invalid_request")


@pytest.mark.parametrize(("query", "first"), [("cursor=1", 2), ("tail=1", 2), ("from=now", 3)])
def test_it_begins_where_it_is_told_and_speaks_what_it_is_asked_to(
    api: Api, query: str, first: int
) -> None:
    """Its head is the frame that it has brought."""
    run_id, thread_id = fresh(), fresh("t")
    found = read(post(api, run_id, thread_id, query=f"?{query}&format=native"))
    assert ids(found) == list(range(first, api.snapshot(run_id, thread_id)["latestSeq"] + 1))


def test_it_lasts_as_long_as_it_is_told_and_is_sent_again(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    slow = {"model": "scripted/tokens?n=30&delay_ms=25&bytes=8"}
    first = read(post(api, run_id, thread_id, query="?tail_ms=200", **slow))
    rest = read(
        post(api, run_id, thread_id, headers={"Last-Event-ID": str(ids(first)[-1])}, **slow)
    )
    assert "[DONE]" not in data(first)
    assert data(first) + data(rest) == [event.data for event in api.stream(run_id, thread_id)]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?cursor=9", "cursor"),
        ("?cursor=x", "cursor"),
        ("?tail=1&cursor=1", "tail"),
        ("?from=then", "from"),
        ("?format=xml", "format"),
        ("?tail_ms=0", "tail_ms"),
    ],
)
def test_a_beginning_that_is_refused_has_started_nothing(api: Api, query: str, field: str) -> None:
    run_id, thread_id = fresh(), fresh("t")
    error = refused(post(api, run_id, thread_id, query=query), 400, "invalid_request")
    assert fields(error) == [field]
    refused(api.get("", run_id, thread_id), 404, "not_found")


def test_a_frame_that_is_refused_has_started_nothing(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    error = refused(post(api, run_id, thread_id, text=""), 400, "invalid_request")
    assert fields(error) == ["payload.text"]
    refused(api.get("", run_id, thread_id), 404, "not_found")


def test_other_content_conflicts_and_another_owner_is_forbidden(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    read(post(api, run_id, thread_id))
    before = api.events(run_id, thread_id)
    other_frame = post(api, run_id, thread_id, text="other")
    assert fields(refused(other_frame, 409, "conflict")) == ["frame_id"]
    other_run = post(api, run_id, thread_id, mode="session")
    assert fields(refused(other_run, 409, "conflict")) == ["run_id"]
    refused(post(api.as_user(43), run_id, thread_id), 403, "forbidden")
    assert api.events(run_id, thread_id) == before


def test_a_new_frame_for_an_ended_run_conflicts(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    read(post(api, run_id, thread_id))
    names = {"run_id": run_id, "thread_id": thread_id}
    body = {
        "run": {**names, "model": MODEL},
        "frame": {"frame_id": "f2", "type": "user_message", "payload": {"text": "more"}},
    }
    response = api.send("POST", "/runs/stream", body=body, **names)
    assert fields(refused(response, 409, "conflict")) == ["run_terminal"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "run"),
        ({"run": []}, "run"),
        ({"run": {}}, "run.thread_id"),
        ({"run": {"thread_id": "a b"}}, "run.thread_id"),
        ({"run": {"thread_id": "t", "run_id": "a/b"}}, "run.run_id"),
        ({"run": {"thread_id": "t"}}, "frame"),
        ({"run": {"thread_id": "t"}, "frame": 1}, "frame"),
        ({"run": {"thread_id": "t", "mode": "x"}, "frame": {"frame_id": "f"}}, "run.mode"),
    ],
    ids=str,
)
def test_a_malformed_body_names_the_field(api: Api, body: dict[str, Any], field: str) -> None:
    names = {"thread_id": "t"}
    if body.get("run") and "run_id" in body["run"]:
        names["run_id"] = body["run"]["run_id"]
    error = refused(api.send("POST", "/runs/stream", body=body, **names), 400, "invalid_request")
    assert field in fields(error)

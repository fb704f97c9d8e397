"""`GET /runs/{run_id}/stream`: what it says, how it ends, and that it can be cut anywhere."""

import json
import time

import pytest

from tests.support.api import Api, fresh
from tests.support.reader import Reader
from tests.support.stack import eventually
from tests.web import routes
from tests.web.endings import ended
from tests.web.reading import Run, blocks, comments, data, ids, open_stream

SLOW = "scripted/tokens?n=40&delay_ms=25&bytes=8"


@pytest.fixture(scope="module")
def run(api: Api) -> Run:
    """A run that has called a tool and has ended."""
    return ended(api, "what time is it?", model="scripted/demo")


@pytest.fixture(scope="module")
def failed(api: Api) -> Run:
    """A run that has failed."""
    return ended(api, model="nobody/knows-it")


def test_the_headers_keep_every_proxy_from_holding_it_back(api: Api, run: Run) -> None:
    with open_stream(api, run) as response:
        headers = response.headers
    assert headers["Content-Type"] == "text/event-stream"
    assert headers["Cache-Control"] == "no-cache, no-transform"
    assert headers["X-Accel-Buffering"] == "no"
    assert headers["x-vercel-ai-ui-message-stream"] == "v1"
    assert headers["X-OA-RUN-ID"] == run[0]
    assert headers["x-request-id"]
    assert "Content-Length" not in headers


@pytest.mark.parametrize("accept", [None, "*/*", "text/event-stream", "application/json"])
def test_it_is_a_stream_whatever_the_reader_accepts(api: Api, run: Run, accept: str | None) -> None:
    with open_stream(api, run, headers={"Accept": accept}) as response:
        assert response.headers["Content-Type"] == "text/event-stream"


def test_it_begins_with_the_wait_and_the_cursor(api: Api, run: Run) -> None:
    for cursor in (0, 3):
        first, second, *_ = blocks(api, run, f"&cursor={cursor}")
        assert first.fields == (("retry", "1000"),)
        assert second.fields == (("", f"cursor {cursor}"),)


def test_an_answer_is_read_from_start_to_done(api: Api, run: Run) -> None:
    found = data(blocks(api, run, "&cursor=0"))
    assert found[-1] == "[DONE]"
    types = [json.loads(text)["type"] for text in found[:-1]]
    assert types[:2] == ["start", "start-step"]
    assert types[-2:] == ["finish-step", "finish"]
    assert types.count("tool-input-available") == types.count("tool-output-available") == 1
    finish = json.loads(found[-2])
    assert finish["finishReason"] == "stop"
    assert finish["messageMetadata"]["runId"] == run[0]
    assert finish["messageMetadata"]["usage"]["tool_calls"] == 1


@pytest.mark.parametrize("stream_format", ["ai-sdk", "native"])
def test_cut_after_any_event_it_goes_on_with_the_very_next(
    api: Api, run: Run, stream_format: str
) -> None:
    whole = blocks(api, run, f"&cursor=0&format={stream_format}")
    for seq in {0, *ids(whole)}:
        rest = blocks(api, run, f"&cursor={seq}&format={stream_format}")
        seen = [block for block in whole if (number := block.get("id")) and int(number) <= seq]
        expected = data(whole)[len(data(seen)) :]
        assert data(rest) == (expected or ["[DONE]"] * (stream_format == "ai-sdk"))


def test_ids_grow_and_stand_on_the_last_part_of_an_event(api: Api, failed: Run) -> None:
    found = [block for block in blocks(api, failed, "&cursor=0") if block.get("data")]
    last_seq = api.snapshot(*failed)["latestSeq"]
    error, finish, done = found[-3:]
    assert json.loads(str(error.get("data")))["type"] == "error"
    assert error.get("id") is None
    assert json.loads(str(finish.get("data")))["type"] == "finish"
    assert finish.get("id") == done.get("id") == str(last_seq)
    assert done.get("data") == "[DONE]"
    assert ids(found) == sorted(ids(found))
    assert all(block.get("id") for block in found if block is not error)


def test_a_reader_cut_before_done_gets_done_and_the_end(api: Api, failed: Run) -> None:
    last_seq = api.snapshot(*failed)["latestSeq"]
    found = blocks(api, failed, headers={"Last-Event-ID": str(last_seq)})
    assert data(found) == ["[DONE]"]
    assert ids(found) == [last_seq]


def test_native_is_the_log_itself(api: Api, run: Run) -> None:
    events = api.events(*run)
    found = [block for block in blocks(api, run, "&cursor=0&format=native") if block.get("data")]
    assert ids(found) == [event["seq"] for event in events]
    for block, event in zip(found, events, strict=True):
        assert block.get("event") == event["type"]
        names = ("type", "seq", "version", "occurredAt", "payload")
        assert json.loads(str(block.get("data"))) == {name: event[name] for name in names}
    assert found[-1].get("event") == "run.finished"


def test_a_format_that_does_not_exist_is_refused(api: Api, run: Run) -> None:
    assert open_stream(api, run, "&format=xml").status_code == 400


@pytest.mark.parametrize("stream_format", ["ai-sdk", "native"])
def test_the_head_of_an_ended_run_is_the_end(api: Api, run: Run, stream_format: str) -> None:
    last_seq = api.snapshot(*run)["latestSeq"]
    found = blocks(api, run, f"&format={stream_format}")
    assert comments(found) == [f"cursor {last_seq}", f"caught-up {last_seq}"]
    if stream_format == "native":
        assert data(found) == []
    else:
        assert (data(found), ids(found)) == (["[DONE]"], [last_seq])


def test_an_idle_stream_ends_after_its_time_and_says_not_done(api: Api) -> None:
    waiting = routes.start(api)
    began = time.monotonic()
    found = blocks(api, waiting, "&cursor=0&tail_ms=700")
    assert 0.6 < time.monotonic() - began < 10
    assert data(found) == []
    assert comments(found) == ["cursor 0", "caught-up 1"]


def test_a_live_stream_ends_after_its_time_and_is_resumed(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    assert api.start(run_id, thread_id, model=SLOW).status_code == 201
    assert api.frame(run_id, thread_id, "f1").status_code == 202
    cursor, read = 0, []
    for _ in range(100):
        found = blocks(api, (run_id, thread_id), f"&cursor={cursor}&tail_ms=150")
        read += data(found)
        cursor = ids(found)[-1] if ids(found) else cursor
        if read and read[-1] == "[DONE]":
            break
    assert read == data(blocks(api, (run_id, thread_id), "&cursor=0"))


def test_a_reader_that_is_there_first_sees_the_same_as_one_that_comes_late(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    assert api.start(run_id, thread_id, model=SLOW).status_code == 201
    readers = [Reader(api, run_id, thread_id) for _ in range(2)]
    assert api.frame(run_id, thread_id, "f1").status_code == 202
    readers[0].wait_deltas(2)
    readers.append(Reader(api, run_id, thread_id))
    for reader in readers:
        reader.wait_done(within_s=20)
    late = data(blocks(api, (run_id, thread_id), "&cursor=0"))
    for reader in readers:
        assert [event.data for event in reader.events] == late


def test_a_reader_is_told_once_when_it_has_caught_up(api: Api) -> None:
    waiting = routes.start(api)
    for number in range(3):
        assert api.frame(*waiting, f"f{number}", type="context", payload={}).status_code == 202
    found = blocks(api, waiting, "&cursor=0&format=native&tail_ms=300")
    assert comments(found) == ["cursor 0", "caught-up 4"]
    assert [block.get("id") or block.get("") for block in found[1:]] == [
        "cursor 0",
        *("1", "2", "3", "4"),
        "caught-up 4",
    ]


def test_a_reader_that_goes_away_cancels_nothing(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    assert api.start(run_id, thread_id, model=SLOW).status_code == 201
    assert api.frame(run_id, thread_id, "f1").status_code == 202
    with open_stream(api, (run_id, thread_id), "&cursor=0") as response:
        for chunk in response.iter_content(None):
            if b"text-delta" in chunk:
                break
    eventually(
        lambda: api.snapshot(run_id, thread_id)["status"] == "completed",
        within_s=20,
        what="the run completes unwatched",
    )
    assert api.snapshot(run_id, thread_id)["cancelRequested"] is False

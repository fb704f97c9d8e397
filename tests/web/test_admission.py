"""What the door lets in: at each limit 429, when to come again, and the limit by its name."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.support.api import Api, fresh
from tests.support.stack import eventually
from tests.web.envelope import refused
from tests.web.solo import KEY, surroundings, web_process

RUNS, WAITING, FRAMES = 8, 2, 4
OF_RUN, OF_OWNER, OF_PROCESS = 2, 3, 4


@pytest.fixture(scope="module")
def narrow(stack_state: dict[str, Any]) -> Iterator[Api]:
    """A process with small limits; the workers are those of the shared stack."""
    settings = surroundings(
        stack_state,
        OA_MAX_RUNS_PER_OWNER=str(RUNS),
        OA_MAX_WAITING_PER_THREAD=str(WAITING),
        OA_MAX_FRAMES_PER_S=str(FRAMES),
        OA_MAX_STREAMS_PER_RUN=str(OF_RUN),
        OA_MAX_STREAMS_PER_OWNER=str(OF_OWNER),
        OA_MAX_STREAMS_PER_PROCESS=str(OF_PROCESS),
    )
    with web_process(settings) as base_url:
        yield Api(base_url, KEY)


@pytest.fixture
def api(narrow: Api) -> Api:
    """The same as an owner of the test's own."""
    return narrow.as_guest(fresh("guest"))


def throttled(response: requests.Response, limit: str) -> None:
    """It is the 429 of that limit."""
    error = refused(response, 429, "throttled")
    assert [detail["field"] for detail in error["details"]] == [limit]
    assert error["message"] == error["details"][0]["message"]
    assert 1 <= int(response.headers["Retry-After"]) <= 60


def started(api: Api, thread_id: str, **fields: Any) -> str:
    run_id = fresh()
    response = api.start(run_id, thread_id, **fields)
    assert response.status_code == 201, response.text
    return run_id


def ended(api: Api, run_id: str, thread_id: str) -> None:
    assert api.cancel(run_id, thread_id).status_code == 202
    eventually(lambda: api.snapshot(run_id, thread_id)["terminal"], what="the end")


def test_an_owner_has_so_many_live_runs_and_no_other_owner_is_the_worse_for_it(api: Api) -> None:
    threads = [fresh("t") for _ in range(RUNS)]
    runs = [started(api, thread_id, mode="session") for thread_id in threads]
    late = fresh()
    throttled(api.start(late, fresh("t")), "runs_per_owner")
    assert api.start(runs[0], threads[0], mode="session").status_code == 200  # a replay passes
    started(api.as_guest(fresh("other")), fresh("t"))
    ended(api, runs[0], threads[0])
    assert api.start(late, fresh("t")).status_code == 201


def test_so_many_runs_of_a_thread_wait(api: Api) -> None:
    thread_id = fresh("t")
    runs = [started(api, thread_id) for _ in range(1 + WAITING)]
    late = fresh()
    throttled(api.start(late, thread_id), "waiting_per_thread")
    started(api, fresh("t"))
    ended(api, runs[0], thread_id)
    assert api.start(late, thread_id).status_code == 201


def test_a_run_takes_so_many_frames_within_a_second(api: Api) -> None:
    thread_id = fresh("t")
    run_id = started(api, thread_id, mode="session")
    notes = {"type": "context", "payload": {}}
    for n in range(1000):
        response = api.frame(run_id, thread_id, f"f{n}", **notes)
        if response.status_code == 429:
            break
    throttled(response, "frames_per_run")
    assert n >= FRAMES
    assert api.frame(run_id, thread_id, "f0", **notes).status_code == 200  # a replay passes
    refusals = f"f{n}"
    eventually(
        lambda: api.frame(run_id, thread_id, refusals, **notes).status_code == 202,
        what="a pause is enough",
    )
    accepted = [e for e in api.events(run_id, thread_id) if e["type"] == "frame.accepted"]
    assert len(accepted) == n + 1


def test_a_cancel_is_heard_whatever_the_pace(api: Api) -> None:
    thread_id = fresh("t")
    run_id = started(api, thread_id, mode="session")
    notes = {"type": "context", "payload": {}}
    frames = (api.frame(run_id, thread_id, f"f{n}", **notes) for n in range(1000))
    assert any(response.status_code == 429 for response in frames)
    cancel = api.frame(run_id, thread_id, "stop", type="cancel", payload={})
    assert cancel.status_code == 202


def opened(api: Api, run_id: str, thread_id: str) -> requests.Response:
    path = f"/runs/{run_id}/stream?thread_id={thread_id}&cursor=0"
    return api.send("GET", path, run_id=run_id, thread_id=thread_id, stream=True)


def test_so_many_streams_of_a_run_to_an_owner_and_in_all(narrow: Api, api: Api) -> None:
    other = narrow.as_guest(fresh("other"))
    names = [(started(api, thread), thread) for thread in (fresh("t"), fresh("t"))]
    foreign = [(started(other, thread), thread) for thread in (fresh("t"), fresh("t"))]
    streams = [opened(api, *names[0]) for _ in range(OF_RUN)]
    throttled(opened(api, *names[0]), "streams_per_run")
    streams.append(opened(api, *names[1]))
    throttled(opened(api, *names[1]), "streams_per_owner")
    streams.append(opened(other, *foreign[0]))
    throttled(opened(other, *foreign[1]), "streams_per_process")
    assert [stream.status_code for stream in streams] == [200] * OF_PROCESS

    for stream in streams:
        stream.close()
    ended(api, *names[0])  # whose end is written to whoever is gone
    ended(api, *names[1])
    ended(other, *foreign[0])
    eventually(lambda: free(other, foreign[1]), within_s=20, what="the places are given back")


def free(api: Api, names: tuple[str, str]) -> bool:
    with opened(api, *names) as stream:
        return stream.status_code == 200


def test_a_start_whose_stream_is_refused_has_started_nothing(narrow: Api, api: Api) -> None:
    thread_id = fresh("t")
    run_id = started(api, thread_id)
    streams = [opened(api, run_id, thread_id) for _ in range(OF_RUN)]
    others = fresh("t")
    streams.append(opened(api, started(api, others), others))
    body = {
        "run": {"run_id": fresh(), "thread_id": fresh("t")},
        "frame": {"frame_id": "f1", "type": "user_message", "payload": {"text": "hello"}},
    }
    names = body["run"]

    def refused_for_its_owner() -> bool:
        """Readers of the test before, that are gone, are let go at their next ping."""
        answer = api.send("POST", "/runs/stream", body=body, **names)
        assert answer.status_code == 429, answer.text
        return answer.json()["error"]["details"][0]["field"] == "streams_per_owner"

    eventually(refused_for_its_owner, within_s=30, what="only the owner's own limit is met")
    assert api.get("", **names).status_code == 404
    for stream in streams:
        stream.close()
    ended(api, run_id, thread_id)

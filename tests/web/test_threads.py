"""A thread belongs to whoever started its first run."""

import concurrent.futures

import pytest

from tests.support.api import Api, fresh


def test_a_stranger_cannot_start_a_run_in_somebody_elses_thread(api: Api) -> None:
    thread_id = fresh("t")
    assert api.start(fresh(), thread_id).status_code == 201
    run_id = fresh()
    refused = api.as_user(7).start(run_id, thread_id)
    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "forbidden"
    assert "thread" in refused.json()["error"]["message"]
    assert api.get("", run_id, thread_id).status_code == 404
    assert len(state(api, thread_id)["runs"]) == 1


def test_a_guest_with_the_name_of_a_user_is_a_stranger(api: Api) -> None:
    thread_id = fresh("t")
    assert api.as_user(7).start(fresh(), thread_id).status_code == 201
    assert api.as_guest("7").start(fresh(), thread_id).status_code == 403


def test_starting_and_streaming_in_a_foreign_thread_is_refused_too(api: Api) -> None:
    thread_id = fresh("t")
    assert api.start(fresh(), thread_id).status_code == 201
    stranger, run_id = api.as_user(7), fresh()
    body = {
        "run": {"run_id": run_id, "thread_id": thread_id},
        "frame": {"frame_id": "f", "type": "user_message", "payload": {"text": "let me in"}},
    }
    answer = stranger.send("POST", "/runs/stream", run_id=run_id, thread_id=thread_id, body=body)
    assert answer.status_code == 403


def test_of_many_who_claim_a_new_thread_at_once_one_gets_it(api: Api) -> None:
    thread_id = fresh("t")
    claimants = [api.as_user(user) for user in range(100, 108)]
    with concurrent.futures.ThreadPoolExecutor(len(claimants)) as pool:
        statuses = list(
            pool.map(lambda each: each.start(fresh(), thread_id).status_code, claimants)
        )
    assert sorted(statuses) == [201] + [403] * 7


@pytest.mark.parametrize("runs", [1, 3])
def test_an_owner_may_start_any_number_of_runs_in_a_thread(api: Api, runs: int) -> None:
    thread_id = fresh("t")
    for _ in range(runs):
        assert api.start(fresh(), thread_id).status_code == 201
    assert len(state(api, thread_id)["runs"]) == runs


def state(api: Api, thread_id: str) -> dict:
    answer = api.send("GET", f"/threads/{thread_id}/state", thread_id=thread_id)
    assert answer.status_code == 200
    return answer.json()

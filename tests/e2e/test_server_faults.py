"""Postgres, the broker and the web tier go away for a while; nothing is lost."""

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import requests

from tests.support.api import Api, fresh, text_of
from tests.support.reader import Reader, begin
from tests.support.stack import RunningStack, eventually, running_stack

SLOW = "scripted/tokens?n=80&delay_ms=50&bytes=8"
#: Under load: runs, who writes to each and how much, who reads each.
SESSIONS, FRAMES, READERS = 6, 8, 10


def ids(reader: Reader) -> list[int]:
    """The ids seen, each once, in the order of arrival."""
    seen = [int(event.event_id) for event in reader.events if event.event_id is not None]
    return list(dict.fromkeys(seen))


def check_whole(api: Api, run_id: str, thread_id: str, reader: Reader) -> None:
    """What the reader saw, cuts and all, is what an uncut reader sees."""
    events = api.events(run_id, thread_id)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert api.get("/integrity", run_id, thread_id).json()["verified"] is True
    again = list(api.stream(run_id, thread_id))
    assert ids(reader) == list(
        dict.fromkeys(int(event.event_id) for event in again if event.event_id)
    )
    assert text_of(reader.events) == text_of(again)


def test_a_stream_goes_on_over_a_restart_of_postgres(stack: RunningStack, own_api: Api) -> None:
    run_id, thread_id, reader = begin(own_api, SLOW, resume=True)
    reader.wait_deltas(5)
    stack.kill("postgres", within_s=20)
    reader.wait_done(within_s=60)
    check_whole(own_api, run_id, thread_id, reader)
    assert own_api.snapshot(run_id, thread_id)["status"] == "completed"


def test_a_restart_of_postgres_under_load_loses_no_frame_and_no_event(
    stack: RunningStack, own_api: Api
) -> None:
    sessions = [(fresh(), fresh("t")) for _ in range(SESSIONS)]
    for run in sessions:
        assert own_api.start(*run, mode="session", model="scripted/echo").status_code == 201
    readers = {
        run: [Reader(own_api, *run, resume=True) for _ in range(READERS)] for run in sessions
    }
    accepted: list[str] = []
    with ThreadPoolExecutor(SESSIONS) as writers:
        written = [writers.submit(write, own_api, run, accepted) for run in sessions]
        eventually(lambda: len(accepted) >= SESSIONS * FRAMES // 4, within_s=60, what="frames")
        stack.kill("postgres", within_s=30)
        for each in written:
            each.result(timeout=120)
    for run, watching in readers.items():
        for reader in watching:
            reader.wait_done(within_s=120)
        events = own_api.events(*run)
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        taken = [e["payload"]["frame_id"] for e in events if e["type"] == "frame.accepted"]
        assert taken == [f"f{number}" for number in range(FRAMES)] + ["end"]
        assert own_api.snapshot(*run)["status"] == "completed"
        assert own_api.get("/integrity", *run).json()["verified"] is True
        again = list(own_api.stream(*run))
        whole = list(dict.fromkeys(int(event.event_id) for event in again if event.event_id))
        assert [ids(reader) for reader in watching] == [whole] * READERS
        assert {text_of(reader.events) for reader in watching} == {text_of(again)}


def test_a_request_while_postgres_is_away_is_told_to_come_again(
    stack: RunningStack, own_api: Api
) -> None:
    postgres = stack.pid("postgres")
    os.kill(postgres, signal.SIGSTOP)
    children = [pid for pid in stack.left() if parent_of(pid) == postgres]
    for pid in children:
        os.kill(pid, signal.SIGKILL)
    try:
        response = own_api.start(fresh(), fresh("t"))
    finally:
        os.kill(postgres, signal.SIGCONT)
    assert response.status_code == 503
    assert response.json()["error"]["code"] == "unavailable"
    assert int(response.headers["Retry-After"]) >= 1
    eventually(
        lambda: requests.get(f"{own_api.base_url}/readyz", timeout=10).status_code == 200,
        within_s=30,
        what="ready again",
    )
    assert own_api.start(fresh(), fresh("t")).status_code == 201


def test_frames_are_accepted_without_a_broker_and_run_when_it_is_back(
    stack: RunningStack, own_api: Api
) -> None:
    run_id, thread_id, reader = begin(own_api, SLOW, resume=True)
    reader.wait_deltas(3)
    broker = stack.pid("broker")
    os.kill(broker, signal.SIGSTOP)
    try:
        others = [(fresh(), fresh("t")) for _ in range(5)]
        for other, thread in others:
            assert own_api.start(other, thread, model="scripted/echo").status_code == 201
            assert own_api.frame(other, thread, "f1", f"to {other}").status_code == 202
        seen = reader.deltas()
        reader.wait_deltas(seen + 5)
    finally:
        os.kill(broker, signal.SIGCONT)
    for other, thread in others:
        assert text_of(own_api.stream(other, thread)) == f"to {other}"
    reader.wait_done(within_s=60)
    assert reader.cuts == 0
    check_whole(own_api, run_id, thread_id, reader)


def test_a_broker_that_forgets_everything_loses_no_run(stack: RunningStack, own_api: Api) -> None:
    stack.kill("worker-runs", within_s=20)
    others = [(fresh(), fresh("t")) for _ in range(5)]
    for other, thread in others:
        own_api.start(other, thread, model="scripted/echo")
        assert own_api.frame(other, thread, "f1", f"to {other}").status_code == 202
    stack.kill("broker", within_s=20)
    for other, thread in others:
        assert text_of(own_api.stream(other, thread)) == f"to {other}"


def test_a_reader_resumes_on_a_new_web_process(stack: RunningStack, own_api: Api) -> None:
    run_id, thread_id, reader = begin(own_api, SLOW, resume=True)
    reader.wait_deltas(5)
    stack.kill("web", within_s=20)
    reader.wait_done(within_s=60)
    assert reader.cuts >= 1
    check_whole(own_api, run_id, thread_id, reader)


def test_streams_end_without_done_when_the_web_process_is_asked_to_stop(
    stack: RunningStack, own_api: Api
) -> None:
    run_id, thread_id, reader = begin(own_api, SLOW, resume=True)
    reader.wait_deltas(5)
    old = stack.pid("web")
    os.kill(old, signal.SIGTERM)
    eventually(lambda: stack.pid("web") != old, within_s=20, what="the successor of web")
    reader.wait_done(within_s=60)
    assert reader.cuts >= 1
    check_whole(own_api, run_id, thread_id, reader)


def test_a_second_start_finds_the_data_of_a_killed_stack() -> None:
    with running_stack() as first:
        api = Api.of(first.state)
        run_id, thread_id = fresh(), fresh("t")
        list(api.run_and_stream(run_id, thread_id, "remember me", model="scripted/echo"))
        first.process.kill()
        first.process.wait()
        eventually(lambda: not first.left(), within_s=10, what="nothing of the first is left")
        with running_stack(first.home) as second:
            again = Api.of(second.state)
            assert text_of(again.stream(run_id, thread_id)) == "remember me"


def write(api: Api, run: tuple[str, str], accepted: list[str]) -> None:
    """Send a session its messages and its end, each until it is accepted."""
    frames = [(f"f{number}", {"text": f"message {number}"}) for number in range(FRAMES)]
    for frame_id, payload in [*frames, ("end", {})]:
        kind = "user_message" if payload else "complete"
        while not accepts(api, run, frame_id, kind, payload):
            threading.Event().wait(0.1)
        accepted.append(frame_id)


def accepts(
    api: Api, run: tuple[str, str], frame_id: str, kind: str, payload: dict[str, str]
) -> bool:
    """Whether the frame was accepted now, or had been without our hearing of it."""
    try:
        answer = api.frame(*run, frame_id, type=kind, payload=payload)
    except requests.RequestException:
        return False  # cut by the restart
    assert answer.status_code in (200, 202, 503), answer.text
    return answer.status_code != 503


def parent_of(pid: int) -> int:
    """The parent of a process, 0 when it is gone."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return int(stat.read().rpartition(")")[2].split()[1])
    except OSError:
        return 0

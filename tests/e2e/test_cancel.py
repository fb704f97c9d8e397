"""Cancel, in every state, over HTTP."""

import time

import pytest

from tests.support.api import Api, fresh
from tests.support.reader import Reader, begin
from tests.support.stack import eventually

#: The promise is 1 s; the machine that runs the tests may be busy.
CEILING_S = 5.0


def check_canceled(api: Api, run_id: str, thread_id: str, reader: Reader) -> None:
    reader.wait_done(within_s=CEILING_S)
    assert reader.parts[-1]["type"] == "abort"
    run = api.snapshot(run_id, thread_id)
    assert run["status"] == "canceled"
    assert run["terminal"]["reasonClass"] == "canceled_by_user"
    types = types_of(api, run_id, thread_id)
    assert types.count("run.cancel_requested") == 1
    assert types.count("run.finished") == 1


def types_of(api: Api, run_id: str, thread_id: str) -> list[str]:
    return [event["type"] for event in api.events(run_id, thread_id)]


@pytest.mark.parametrize(
    "model",
    ["scripted/tokens?n=2000&delay_ms=20", "scripted/stall?after=2"],
    ids=["busy", "silent"],
)
def test_a_model_that_is_speaking_or_silent_is_cut_off(api: Api, model: str) -> None:
    run_id, thread_id, reader = begin(api, model, mode="session")
    reader.wait_deltas(1)
    asked_s = time.monotonic()
    answer = api.cancel(run_id, thread_id, reason="enough")
    assert answer.status_code == 202
    assert answer.json() == {
        "runId": run_id,
        "status": "canceling",
        "cancelRequested": True,
        "idempotentReplay": False,
    }
    check_canceled(api, run_id, thread_id, reader)
    assert time.monotonic() - asked_s < CEILING_S
    again = api.cancel(run_id, thread_id)
    assert again.status_code == 200
    assert again.json()["status"] == "canceled"
    assert again.json()["idempotentReplay"] is True


def test_a_run_that_waits_for_input_is_ended_by_the_cancel_itself(api: Api) -> None:
    run_id, thread_id, reader = begin(api, "scripted/echo", mode="session")
    eventually(
        lambda: api.snapshot(run_id, thread_id)["status"] == "waiting_input",
        within_s=CEILING_S,
        what="waiting for input",
    )
    assert api.cancel(run_id, thread_id).status_code == 202
    check_canceled(api, run_id, thread_id, reader)


def test_a_run_without_a_frame_is_ended_by_the_cancel_itself(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    api.start(run_id, thread_id)
    reader = Reader(api, run_id, thread_id)
    assert api.cancel(run_id, thread_id).status_code == 202
    check_canceled(api, run_id, thread_id, reader)


def test_a_run_that_waits_to_try_its_model_again_is_ended_by_the_cancel_itself(api: Api) -> None:
    run_id, thread_id, reader = begin(api, "scripted/throttle?retry_after=60")
    eventually(
        lambda: "model.call_failed" in types_of(api, run_id, thread_id),
        within_s=CEILING_S,
        what="the wait before the second try",
    )
    assert api.cancel(run_id, thread_id).status_code == 202
    check_canceled(api, run_id, thread_id, reader)


def test_a_run_that_waits_in_line_is_ended_by_the_cancel_itself(api: Api) -> None:
    live_id, thread_id, live = begin(api, "scripted/stall?after=1")
    live.wait_deltas(1)
    run_id = fresh()
    assert api.start(run_id, thread_id, model="scripted/echo").status_code == 201
    reader = Reader(api, run_id, thread_id)
    assert api.frame(run_id, thread_id, "f1", "me too").status_code == 202
    assert api.cancel(run_id, thread_id).status_code == 202
    check_canceled(api, run_id, thread_id, reader)
    assert api.snapshot(live_id, thread_id)["status"] == "running"
    api.cancel(live_id, thread_id)
    check_canceled(api, live_id, thread_id, live)


def test_a_cancel_frame_does_the_same(api: Api) -> None:
    run_id, thread_id, reader = begin(api, "scripted/tokens?n=2000&delay_ms=20", mode="session")
    reader.wait_deltas(1)
    frame = api.frame(run_id, thread_id, "f2", type="cancel", payload={"reason": "enough"})
    assert frame.status_code == 202
    check_canceled(api, run_id, thread_id, reader)


def test_a_reader_that_goes_away_cancels_nothing(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    stream = api.run_and_stream(
        run_id, thread_id, "go on", model="scripted/tokens?n=20&delay_ms=20"
    )
    next(stream)
    stream.close()
    eventually(
        lambda: api.snapshot(run_id, thread_id)["status"] == "completed",
        within_s=20,
        what="the run's end without its reader",
    )


def test_cancels_that_race_the_end_leave_one_terminal_event(api: Api) -> None:
    for _ in range(20):
        run_id, thread_id = fresh(), fresh("t")
        stream = api.run_and_stream(run_id, thread_id, "x", model="scripted/echo")
        api.cancel(run_id, thread_id)
        list(stream)
        types = [event["type"] for event in api.events(run_id, thread_id)]
        assert types.count("run.finished") == 1
        assert types[-1] == "run.finished"
        assert api.snapshot(run_id, thread_id)["status"] in ("completed", "canceled")

"""Workers die, drain and come late; the reader of an open stream does not notice."""

import os
import signal

from tests.e2e.conftest import TTL_S
from tests.support.api import Api
from tests.support.postgres import Session, session
from tests.support.reader import Reader, begin
from tests.support.stack import RunningStack, eventually

#: Runs of one worker that is asked to stop.
LOAD = 12
SLOW = "scripted/tokens?n=60&delay_ms=50&bytes=8"


def check_log(api: Api, run_id: str, thread_id: str) -> list[str]:
    """The run's log is whole, verified and ended once; its event types."""
    events = api.events(run_id, thread_id)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert api.get("/integrity", run_id, thread_id).json()["verified"] is True
    types = [event["type"] for event in events]
    assert types.count("run.finished") == 1
    assert types[-1] == "run.finished"
    return types


def test_a_killed_worker_is_replaced_on_the_open_stream(stack: RunningStack, own_api: Api) -> None:
    run_id, thread_id, reader = begin(own_api, SLOW)
    reader.wait_deltas(5)
    stack.kill("worker-runs")
    reader.wait_done(within_s=TTL_S + 5 + 10)
    types = check_log(own_api, run_id, thread_id)
    assert types.count("run.executor_lost") == 1
    assert types.count("step.superseded") == 1
    run = own_api.snapshot(run_id, thread_id)
    assert run["status"] == "completed"
    whole = [event for event in own_api.events(run_id, thread_id) if event["type"] == "text.ended"]
    assert len(whole) == 1
    assert len(whole[0]["payload"]["text"]) == 60 * 8


def test_a_worker_that_is_asked_to_stop_hands_all_its_runs_on(
    stack: RunningStack, own_api: Api
) -> None:
    """As shipped within 10 s; a stack of tests lets its models go on for half as long."""
    clients = [own_api.as_user(user) for user in range(LOAD)]  # of one, they would wait for slots
    begun = [begin(api, "scripted/tokens?n=2000&delay_ms=50&bytes=8") for api in clients]
    for _run_id, _thread_id, reader in begun:
        reader.wait_deltas(5)
    old = stack.pid("worker-runs")
    with session(stack.state["owner_database_url"]) as rows:
        assert held_by(rows, old) == LOAD
        os.kill(old, signal.SIGTERM)
        eventually(lambda: held_by(rows, old) == 0, within_s=30, what="leases handed back")
    for api, (run_id, thread_id, reader) in zip(clients, begun, strict=True):
        eventually(lambda: taken_again(reader), within_s=60, what="another attempt")  # noqa: B023
        assert api.cancel(run_id, thread_id).status_code == 202
        reader.wait_done(within_s=30)
        types = check_log(api, run_id, thread_id)
        assert types.count("run.executor_lost") == 0
        assert types.count("step.superseded") == 1


def taken_again(reader: Reader) -> bool:
    return any(part["type"] == "data-step-superseded" for part in reader.parts)


def test_a_stalled_worker_comes_back_to_a_run_that_is_no_longer_its_own(
    stack: RunningStack, own_api: Api
) -> None:
    run_id, thread_id, reader = begin(own_api, SLOW)
    reader.wait_deltas(5)
    stalled = stack.pid("worker-runs")
    os.kill(stalled, signal.SIGSTOP)
    try:
        eventually(
            lambda: "run.executor_lost" in types_of(own_api, run_id, thread_id),
            within_s=TTL_S + 10,
            what="the loss",
        )
    finally:
        os.kill(stalled, signal.SIGCONT)
    reader.wait_done(within_s=30)
    types = check_log(own_api, run_id, thread_id)
    lost_at = types.index("run.executor_lost")
    resumed_at = types.index("run.resumed")
    assert "text.delta" not in types[lost_at:resumed_at]
    assert own_api.snapshot(run_id, thread_id)["status"] == "completed"


def test_a_run_that_is_lost_three_times_without_progress_is_given_up(
    stack: RunningStack, own_api: Api
) -> None:
    """The pauses after a loss, 25 s together, are cut short: the clock is put forward."""
    run_id, thread_id, reader = begin(own_api, "scripted/stall?after=3")

    def until(event_type: str, times: int) -> None:
        eventually(
            lambda: types_of(own_api, run_id, thread_id).count(event_type) == times,
            within_s=60,
            what=f"{event_type}, {times} times",
        )

    with session(stack.state["owner_database_url"]) as rows:
        for losses in (1, 2, 3):
            until("text.started", losses)
            stack.kill("worker-runs", within_s=20)
            until("run.executor_lost", losses)
            rows.run(
                "update runtime.run_leases set expires_at = clock_timestamp()"
                " where run_id = %(id)s and owner is null",
                id=run_id,
            )
    reader.wait_done(within_s=60)
    check_log(own_api, run_id, thread_id)
    terminal = own_api.snapshot(run_id, thread_id)["terminal"]
    assert terminal["status"] == "failed"
    assert terminal["reasonClass"] == "executor_recovery_exhausted"


def held_by(rows: Session, pid: int) -> int:
    """How many leases a process holds."""
    return rows.value(
        "select count(*) from runtime.run_leases where owner like %(name)s", name=f"%:{pid}"
    )


def types_of(api: Api, run_id: str, thread_id: str) -> list[str]:
    return [event["type"] for event in api.events(run_id, thread_id)]

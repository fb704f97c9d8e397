"""`/metrics` of every role, after a run that all of them had a part in."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.support.api import Api, fresh
from tests.support.reader import begin
from tests.support.stack import RunningStack, eventually, running_stack

TOOL_TURN = "scripted/demo"
ASK = "what is 6*7?"
ROLES = (
    *("web", "worker-runs", "worker-tools", "worker-settlement", "worker-maintenance"),
    "beat",
)


@pytest.fixture(scope="module")
def stack() -> Iterator[RunningStack]:
    # Losses are noticed soon, and no sweep is needed for anything that goes well.
    with running_stack(OA_LEASE_TTL_S="3", OA_LEASE_HEARTBEAT_S="0.5") as running:
        yield running


@pytest.fixture(scope="module")
def own_api(stack: RunningStack) -> Api:
    return Api.of(stack.state)


@pytest.fixture(scope="module", autouse=True)
def turn(own_api: Api) -> str:
    """A run with a tool call, to its end."""
    run_id, thread_id = fresh(), fresh("t")
    list(own_api.run_and_stream(run_id, thread_id, ASK, model=TOOL_TURN))
    assert own_api.snapshot(run_id, thread_id)["usage"]["toolCalls"] == 1
    return run_id


def setting(stack: RunningStack, role: str, name: str) -> str:
    """What a role was told."""
    environment = Path(f"/proc/{stack.pid(role)}/environ").read_bytes().split(b"\0")
    pairs = dict(pair.decode().partition("=")[::2] for pair in environment if pair)
    return pairs[name]


def scrape(stack: RunningStack, role: str) -> dict[tuple[str, ...], float]:
    """The samples of a role: (name, label values in the order of their names) -> value."""
    port = setting(stack, role, "OA_METRICS_PORT")
    answer = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=5)
    assert answer.status_code == 200
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def reaches(stack: RunningStack, role: str, series: tuple[str, ...], value: float) -> None:
    eventually(
        lambda: scrape(stack, role).get(series, 0) >= value,
        within_s=15,
        what=f"{series} of {role} in {sorted(scrape(stack, role))}",
    )


@pytest.mark.parametrize("role", ROLES)
def test_every_role_says_which_release_it_is(stack: RunningStack, role: str) -> None:
    assert any(name == "oa_build_info" for name, *_ in scrape(stack, role))


def test_web_counts_requests_streams_and_runs(stack: RunningStack, own_api: Api) -> None:
    assert stack.state["ops_url"].endswith(":" + setting(stack, "web", "OA_METRICS_PORT"))
    found = scrape(stack, "web")
    route = "/internal/v1/runs/stream"
    assert found["oa_http_requests_total", "POST", route, "2xx"] >= 1
    assert found["oa_http_request_seconds_count", route] >= 1
    assert found["oa_auth_tokens_total", "current"] >= 2
    assert found["oa_runs_started_total", "turn"] >= 1
    assert found["oa_stream_ends_total", "done"] >= 1
    assert found["oa_streams_open",] == 0
    assert own_api.send("GET", "/no/such/route").status_code == 404
    assert not any("/no/such" in part for series in scrape(stack, "web") for part in series)


RUNS = 4
ROUTE = "/internal/v1/runs/stream"
#: What each run with one tool call adds to the page of a role: all of it exactly.
ADDED = {
    "web": {
        ("oa_http_requests_total", "POST", ROUTE, "2xx"): 1,
        ("oa_http_request_seconds_count", ROUTE): 1,
        ("oa_auth_tokens_total", "current"): 1,
        ("oa_runs_started_total", "turn"): 1,
        ("oa_stream_first_event_seconds_count",): 1,
        ("oa_stream_ends_total", "done"): 1,
    },
    "worker-runs": {
        ("oa_runs_ended_total", "completed", "completed"): 1,
        ("oa_run_seconds_count", "completed"): 1,
        ("oa_frame_wait_seconds_count",): 1,
        ("oa_step_seconds_count",): 2,
        ("oa_model_calls_total", "finished", "scripted"): 2,
        ("oa_model_call_seconds_count", "scripted"): 2,
        ("oa_lease_ops_total", "release", "done"): 1,
    },
    "worker-tools": {
        ("oa_tool_tasks_total", "", "succeeded", "calc"): 1,
        ("oa_tool_seconds_count", "calc"): 1,
        ("oa_tool_wait_seconds_count", "calc"): 1,
    },
}


def test_known_traffic_is_counted_exactly(stack: RunningStack, own_api: Api) -> None:
    before = {role: scrape(stack, role) for role in ADDED}
    for _ in range(RUNS):
        list(own_api.run_and_stream(fresh(), fresh("t"), ASK, model=TOOL_TURN))
    for role, added in ADDED.items():
        wanted = {
            series: before[role].get(series, 0) + RUNS * each for series, each in added.items()
        }
        for series, value in wanted.items():
            reaches(stack, role, series, value)
        now = scrape(stack, role)
        assert {series: now[series] for series in wanted} == wanted


def test_processes_tell_of_their_connections_and_their_ears(stack: RunningStack) -> None:
    for role, channel in (("web", "run_events"), ("worker-runs", "run_control")):
        reaches(stack, role, ("oa_listener_up", channel), 1)
        assert scrape(stack, role)["oa_db_pool_size",] == 20
    tools = scrape(stack, "worker-tools")
    assert tools["oa_db_pool_size",] == 40  # two children
    assert not any(name == "oa_listener_up" for name, *_ in tools)
    eventually(
        lambda: scrape(stack, "worker-tools")["oa_db_pool_in_use",] == 0, what="idle connections"
    )
    assert not any(name == "oa_tasks_total" for name, *_ in scrape(stack, "beat"))


def test_web_alone_says_what_waits(stack: RunningStack, own_api: Api) -> None:
    """Nobody executes while the worker is stopped, and the rows say so."""
    reaches(stack, "web", ("oa_runs_live", "accepted"), 0)
    executor = stack.pid("worker-runs")
    os.kill(executor, signal.SIGSTOP)
    try:
        run_id, thread_id = fresh(), fresh("t")
        assert own_api.start(run_id, thread_id, model=TOOL_TURN).status_code == 201
        reaches(stack, "web", ("oa_queue_depth", "runs"), 1)
        reaches(stack, "web", ("oa_runs_live", "accepted"), 1)
        reaches(stack, "web", ("oa_work_oldest_seconds",), 1)
        assert scrape(stack, "web")["oa_queue_depth", "tools"] == 0
    finally:
        os.kill(executor, signal.SIGCONT)
    eventually(
        lambda: scrape(stack, "web")["oa_queue_depth", "runs"] == 0,
        within_s=30,
        what="the run is served",
    )
    assert not any(name == "oa_queue_depth" for name, *_ in scrape(stack, "worker-tools"))
    own_api.cancel(run_id, thread_id)


def test_a_database_that_does_not_answer_takes_the_gauges_and_nothing_else(
    stack: RunningStack,
) -> None:
    reaches(stack, "web", ("oa_runs_live", "running"), 0)
    server = stack.pid("postgres")
    frozen = [server, *children(server)]
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        eventually(
            lambda: ("oa_runs_live", "running") not in scrape(stack, "web"),
            within_s=20,
            what="what is not known is not told",
        )
        assert scrape(stack, "web")["oa_runs_started_total", "turn"] >= 1
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    eventually(
        lambda: ("oa_runs_live", "running") in scrape(stack, "web"),
        within_s=30,
        what="the gauges are back",
    )


def test_an_open_stream_is_seen(stack: RunningStack, own_api: Api) -> None:
    run_id, thread_id, reader = begin(own_api, "scripted/tokens?n=100&delay_ms=50")
    reader.wait_deltas(2)
    reaches(stack, "web", ("oa_streams_open",), 1)
    own_api.cancel(run_id, thread_id)
    reader.wait_done(within_s=20)
    eventually(lambda: scrape(stack, "web")["oa_streams_open",] == 0, what="no stream is open")


def test_the_executor_counts_model_calls_appends_leases_and_ends(stack: RunningStack) -> None:
    reaches(stack, "worker-runs", ("oa_runs_ended_total", "completed", "completed"), 1)
    found = scrape(stack, "worker-runs")
    assert found["oa_model_calls_total", "finished", "scripted"] >= 2
    assert found["oa_lease_ops_total", "acquire", "granted"] >= 2
    assert found["oa_append_seconds_count",] >= 4
    assert found["oa_append_events_total", "delta"] >= 1
    assert found["oa_batch_runs_count",] >= 1
    assert found["oa_tasks_total", "succeeded", "runs.step"] >= 1


def test_children_of_a_pool_count_and_their_parent_tells(stack: RunningStack) -> None:
    reaches(stack, "worker-tools", ("oa_tool_tasks_total", "", "succeeded", "calc"), 1)
    assert scrape(stack, "worker-tools")["oa_tasks_total", "succeeded", "tools.execute"] >= 1
    sweeps = "oa_tasks_total", "succeeded", "maintenance.sweep_wakeups"
    reaches(stack, "worker-maintenance", sweeps, 1)


def test_a_child_that_is_replaced_adds_no_file(stack: RunningStack) -> None:
    folder = Path(setting(stack, "worker-maintenance", "PROMETHEUS_MULTIPROC_DIR"))
    sweeps = "oa_tasks_total", "succeeded", "maintenance.sweep_wakeups"
    reaches(stack, "worker-maintenance", sweeps, 1)
    before = scrape(stack, "worker-maintenance")[sweeps]
    files = {path.name for path in folder.iterdir()}
    child = children(stack.pid("worker-maintenance"))[0]
    os.kill(child, signal.SIGKILL)
    reaches(stack, "worker-maintenance", sweeps, before + 1)
    assert child not in children(stack.pid("worker-maintenance"))
    assert {path.name for path in folder.iterdir()} == files


def test_a_takeover_is_timed_and_its_loss_counted_once(stack: RunningStack, own_api: Api) -> None:
    told_by = ("worker-runs", "worker-maintenance")
    lost = ("oa_executor_lost_total",)
    before = scrape(stack, "worker-maintenance")[lost]
    run_id, thread_id, reader = begin(own_api, "scripted/tokens?n=60&delay_ms=50")
    reader.wait_deltas(2)
    stack.kill("worker-runs", within_s=30)
    reader.wait_done(within_s=60)
    reaches(stack, "worker-runs", ("oa_takeover_seconds_count",), 1)
    assert 0 < scrape(stack, "worker-runs")["oa_takeover_seconds_sum",] < 60
    assert sum(scrape(stack, role)[lost] for role in told_by) == before + 1
    assert scrape(stack, "web")["oa_stream_lag_seconds_count",] > 0
    assert own_api.snapshot(run_id, thread_id)["status"] == "completed"


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]

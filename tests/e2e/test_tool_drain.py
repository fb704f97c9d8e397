"""A tool is at work while its worker stops, its run is cancelled, or the broker is lost."""

import json
import os
import signal
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.test_worker_faults import check_log
from tests.support.api import Api, fresh
from tests.support.packs import installed
from tests.support.postgres import session
from tests.support.reader import Reader, begin
from tests.support.stack import PROJECT, RunningStack, eventually, running_stack

#: Public, so that it may be asked; nothing is sent there, for the proxy is the test.
ADDRESS = "93.184.215.14"
WORKERS = ("worker-runs", "worker-tools")
REFUSAL = b"HTTP/1.1 403 Forbidden\r\n\r\n"


@pytest.fixture(scope="module")
def proxy() -> Iterator[socket.socket]:
    """Where the tool waits until the test answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(60)
        yield listening


@pytest.fixture(scope="module")
def stack(proxy: socket.socket, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """Its workers have the pack of docs/TOOLS.md installed, beside what is allowed here."""
    pack = installed(tmp_path_factory.mktemp("pack"), PROJECT / "docs/templates/tool_pack")
    with running_stack(
        OA_EGRESS_ALLOW=ADDRESS,
        OA_EGRESS_PROXY=f"http://127.0.0.1:{proxy.getsockname()[1]}",
        OA_TOOL_PACKS="core,reading",
        PYTHONPATH=f"{PROJECT}:{pack}",
    ) as running:
        yield running


def at_work(api: Api, proxy: socket.socket) -> tuple[str, str, Reader, socket.socket]:
    """A run whose tool waits for the proxy: its names, its reader, the tool's connection."""
    asked = json.dumps({"url": f"https://{ADDRESS}/"})
    run_id, thread_id, reader = begin(api, "scripted/call?tool=http.get", text=asked)
    return run_id, thread_id, reader, proxy.accept()[0]


def stopping(stack: RunningStack, role: str) -> int:
    """Ask a role to stop; its process id, once it has heard."""
    log = stack.home / "logs" / f"{role}.log"
    heard = log.read_text().count("Warm shutdown")
    pid = stack.pid(role)
    os.kill(pid, signal.SIGTERM)
    eventually(lambda: log.read_text().count("Warm shutdown") > heard, what="a worker that stops")
    return pid


def test_a_pack_of_another_distribution_is_listed_and_its_tool_is_executed(own_api: Api) -> None:
    thread_id = fresh("t")
    listed = own_api.send("GET", f"/tools?thread_id={thread_id}", thread_id=thread_id).json()
    assert "text.reading_time" in [tool["name"] for tool in listed["tools"]]
    body = {
        "thread_id": thread_id,
        "tool_name": "text.reading_time",
        "arguments": {"text": "word " * 460},
    }
    told = own_api.send("POST", "/tools/execute", thread_id=thread_id, body=body).json()
    assert (told["state"], told["output"]) == ("succeeded", {"minutes": 2})


def task_of(stack: RunningStack, run_id: str) -> tuple[str, int]:
    """State and attempt of the run's only tool task."""
    with session(stack.state["owner_database_url"]) as rows:
        [row] = rows.rows(
            "select state, attempt from runtime.tool_tasks where run_id = %(id)s", id=run_id
        )
    return row


def test_a_tool_that_ends_in_time_ends_once_with_its_result(
    stack: RunningStack, own_api: Api, proxy: socket.socket
) -> None:
    run_id, thread_id, reader, tool = at_work(own_api, proxy)
    old = stopping(stack, "worker-tools")
    tool.sendall(REFUSAL)
    tool.close()
    reader.wait_done(within_s=30)
    eventually(lambda: stack.pid("worker-tools") != old, within_s=30, what="the successor")
    assert check_log(own_api, run_id, thread_id).count("tool.result") == 1
    assert task_of(stack, run_id) == ("failed", 1)
    assert own_api.snapshot(run_id, thread_id)["status"] == "completed"


def test_a_tool_that_does_not_end_is_killed_and_handed_back_at_once(
    stack: RunningStack, own_api: Api, proxy: socket.socket
) -> None:
    run_id, thread_id, reader, tool = at_work(own_api, proxy)
    stopping(stack, "worker-tools")
    assert tool.recv(65_536).startswith(b"CONNECT ")
    assert tool.recv(1) == b"", "the tool hangs up, for it was killed"
    tool.close()
    again, _ = proxy.accept()  # long before the deadline of the first attempt
    again.sendall(REFUSAL)
    again.close()
    reader.wait_done(within_s=60)
    assert check_log(own_api, run_id, thread_id).count("tool.result") == 1
    assert task_of(stack, run_id) == ("failed", 2)
    assert own_api.snapshot(run_id, thread_id)["status"] == "completed"


def test_a_tool_whose_process_dies_is_handed_back_at_once(
    stack: RunningStack, own_api: Api, proxy: socket.socket
) -> None:
    run_id, thread_id, reader, tool = at_work(own_api, proxy)
    with session(stack.state["owner_database_url"]) as rows:
        worker = rows.value(
            "select worker from runtime.tool_tasks where run_id = %(id)s", id=run_id
        )
    os.kill(int(worker.rpartition(":")[2]), signal.SIGKILL)
    tool.close()
    again, _ = proxy.accept()  # long before the deadline of the first attempt
    again.sendall(REFUSAL)
    again.close()
    reader.wait_done(within_s=60)
    assert check_log(own_api, run_id, thread_id).count("tool.result") == 1
    assert task_of(stack, run_id) == ("failed", 2)


def test_a_run_whose_tool_is_at_work_is_cancelled_at_once_and_the_late_result_is_to_be_seen(
    own_api: Api, proxy: socket.socket
) -> None:
    run_id, thread_id, reader, tool = at_work(own_api, proxy)
    assert own_api.cancel(run_id, thread_id).status_code == 202
    reader.wait_done(within_s=5)
    [canceled] = tool_calls(own_api, run_id, thread_id)
    assert (canceled["state"], canceled["late"]) == ("canceled", False)
    types = check_log(own_api, run_id, thread_id)

    tool.sendall(REFUSAL)
    tool.close()
    late = eventually(lambda: late_calls(own_api, run_id, thread_id), what="the late result")
    assert [(call["state"], call["errorClass"]) for call in late] == [("canceled", "tool_error")]
    assert check_log(own_api, run_id, thread_id) == types
    assert own_api.snapshot(run_id, thread_id)["terminal"]["reasonClass"] == "canceled_by_user"


def test_a_broker_that_restarts_disturbs_neither_a_run_nor_a_tool_at_work(
    stack: RunningStack, own_api: Api, proxy: socket.socket
) -> None:
    called_id, called_thread, called, tool = at_work(own_api, proxy)
    told_id, told_thread, told = begin(own_api, "scripted/tokens?n=60&delay_ms=50&bytes=8")
    told.wait_deltas(3)
    before = [stack.pid(role) for role in WORKERS]
    stack.kill("broker", within_s=20)  # away for a moment, and the connections are cut
    told.wait_done(within_s=60)
    tool.sendall(REFUSAL)
    tool.close()
    called.wait_done(within_s=30)
    assert task_of(stack, called_id) == ("failed", 1), "neither killed nor made again"
    for run_id, thread_id in ((called_id, called_thread), (told_id, told_thread)):
        types = check_log(own_api, run_id, thread_id)
        assert types.count("run.executor_lost") == types.count("step.superseded") == 0
        assert own_api.snapshot(run_id, thread_id)["status"] == "completed"

    _, _, after, again = at_work(own_api, proxy)  # both workers take messages again
    again.sendall(REFUSAL)
    again.close()
    after.wait_done(within_s=30)
    assert [stack.pid(role) for role in WORKERS] == before


def tool_calls(api: Api, run_id: str, thread_id: str) -> list[dict[str, Any]]:
    response = api.get("/tools", run_id, thread_id)
    assert response.status_code == 200
    return response.json()["toolCalls"]


def late_calls(api: Api, run_id: str, thread_id: str) -> list[dict[str, Any]]:
    return [call for call in tool_calls(api, run_id, thread_id) if call["late"]]

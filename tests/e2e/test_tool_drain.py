"""A worker of tools is asked to stop while a tool is at work: the run goes on either way."""

import json
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing

import psycopg2
import pytest

from tests.e2e.test_worker_faults import check_log
from tests.support.api import Api
from tests.support.reader import Reader, begin
from tests.support.stack import RunningStack, eventually, running_stack

#: Public, so that it may be asked; nothing is sent there, for the proxy is the test.
ADDRESS = "93.184.215.14"
REFUSAL = b"HTTP/1.1 403 Forbidden\r\n\r\n"


@pytest.fixture(scope="module")
def proxy() -> Iterator[socket.socket]:
    """Where the tool waits until the test answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(60)
        yield listening


@pytest.fixture(scope="module")
def stack(proxy: socket.socket) -> Iterator[RunningStack]:
    with running_stack(
        OA_EGRESS_ALLOW=ADDRESS, OA_EGRESS_PROXY=f"http://127.0.0.1:{proxy.getsockname()[1]}"
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


def task_of(stack: RunningStack, run_id: str) -> tuple[str, int]:
    """State and attempt of the run's only tool task."""
    with closing(psycopg2.connect(stack.state["owner_database_url"])) as owner:
        with owner.cursor() as cursor:
            cursor.execute(
                "select state, attempt from runtime.tool_tasks where run_id = %s", [run_id]
            )
            [row] = cursor.fetchall()
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


def test_a_tool_that_does_not_end_is_left_to_the_rescuer_and_the_run_goes_on(
    stack: RunningStack, own_api: Api, proxy: socket.socket
) -> None:
    run_id, thread_id, reader, tool = at_work(own_api, proxy)
    old = stopping(stack, "worker-tools")
    assert tool.recv(65_536).startswith(b"CONNECT ")
    assert tool.recv(1) == b"", "the tool hangs up, for it was killed"
    tool.close()
    eventually(lambda: stack.pid("worker-tools") != old, within_s=30, what="the successor")
    assert task_of(stack, run_id) == ("running", 1)
    with closing(psycopg2.connect(stack.state["owner_database_url"])) as owner:
        with owner, owner.cursor() as cursor:
            cursor.execute("update runtime.tool_tasks set deadline = now() where state = 'running'")
    again, _ = proxy.accept()
    again.sendall(REFUSAL)
    again.close()
    reader.wait_done(within_s=60)
    assert check_log(own_api, run_id, thread_id).count("tool.result") == 1
    assert task_of(stack, run_id) == ("failed", 2)
    assert own_api.snapshot(run_id, thread_id)["status"] == "completed"

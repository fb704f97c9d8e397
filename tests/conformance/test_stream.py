"""The continuity kit against this service, and against services that break one promise each."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.conformance import stream as kit
from tests.conformance.faulty_server import FAULTS, Service, running
from tests.conformance.stream_reader import Fault, Subject
from tests.conformance.stream_signer import signer
from tests.docs.markdown import document
from tests.support.postgres import session
from tests.support.stack import PROJECT, RunningStack, eventually, running_stack

PROMISES = [*kit.PROMISES, *(promise for _, promise in kit.WITH_HOOKS)]
BY_NAME = {promise.__name__: promise for promise in PROMISES}
COMMAND = "python3 -m tests.conformance.run_stream http://127.0.0.1:4000"
LISTENERS = (
    "select pg_terminate_backend(pid) from pg_stat_activity"
    " where application_name = 'openagents-runtime listener'"
)


@pytest.fixture(scope="module")
def ours() -> Iterator[Subject]:
    """This service, of a stack of its own."""
    with running_stack() as stack:
        base_url = stack.state["base_url"]
        key = stack.state["signing_key"].encode(), 42, stack.state["signing_key_id"]
        yield Subject(
            base_url,
            signer(*key),
            restart=lambda: crash(stack, base_url),
            drop_listener=lambda: drop_listeners(stack),
        )


def crash(stack: RunningStack, base_url: str) -> None:
    """Kill the web process with all its children, and wait until another serves."""
    old = stack.pid("web")
    os.kill(old, signal.SIGKILL)
    eventually(lambda: stack.pid("web") != old, within_s=30, what="a successor of web")
    eventually(lambda: _serves(base_url), within_s=30, what="it serves")


def drop_listeners(stack: RunningStack) -> None:
    """End every LISTEN connection of the stack; there is at least one, or will be."""
    with session(stack.state["owner_database_url"]) as owner:
        eventually(lambda: owner.rows(LISTENERS), what="a LISTEN connection to end")


def fake_subject(service: Service) -> Subject:
    return Subject(
        f"http://127.0.0.1:{service.server_port}",
        lambda *_asked: {},
        model="quick",
        slow_model="slow",
        restart=service.restart,
        drop_listener=service.drop_listener,
        patience_s=2.0 if service.fault else 20.0,
    )


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_this_service_keeps_the_promise(ours: Subject, promise: kit.Promise) -> None:
    promise(ours)


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
def test_a_sound_service_has_no_fault(promise: kit.Promise) -> None:
    with running() as service:
        promise(fake_subject(service))


@pytest.mark.parametrize(("fault", "promise"), FAULTS.items(), ids=FAULTS)
def test_the_kit_finds_the_service_that(fault: str, promise: str) -> None:
    with running(fault) as service, pytest.raises(Fault):
        BY_NAME[promise](fake_subject(service))


def test_the_page_says_of_every_promise_and_every_fault_what_the_kit_does() -> None:
    page = document("docs/CONTINUITY.md")
    promised = {name.strip("`"): words for name, words in page.rows("promise")}
    assert promised == {name: promise.__doc__ for name, promise in BY_NAME.items()}
    assert {fault: name.strip("`") for fault, name in page.rows("the service that")} == FAULTS


def test_the_command_of_the_page_says_what_it_found() -> None:
    """About a few promises: the others are asked about here without it."""
    (script,) = document("docs/CONTINUITY.md").blocks("sh")
    names = "the_end_is_said", "a_cursor_is_the_last_seen", kit.WITH_HOOKS[1][1].__name__
    with running() as service:
        code, said = _run(f"{script.rstrip()} --only {' --only '.join(names)}", service)
    lines = said.splitlines()
    assert [line.split()[:2] for line in lines[:2]] == [["kept", name] for name in names[:2]]
    assert lines[2:] == [
        f"left out  {names[2]} (needs --restart)",
        "2 of 2 promises are kept",
    ]
    assert code == 0


def test_the_command_names_what_is_broken() -> None:
    asked = f"{COMMAND} --only the_end_is_said --restart true"
    with running("forgets the end") as service:
        code, said = _run(asked, service, OA_KIT_SECRET="x")
    assert code == 1
    assert "BROKEN    the_end_is_said: the end: " in said
    code, said = _run(asked, service, OA_KIT_SECRET="x")
    assert code == 1
    assert "UNASKED   the_end_is_said: the service does not answer" in said
    code, said = _run(asked, service)
    assert code == 2
    assert "OA_KIT_SECRET must hold the secret" in said


def _run(script: str, service: Service, **environ: str) -> tuple[int, str]:
    """Exit code and words of a command, at the service in the place of the one that it names."""
    done = subprocess.run(
        ["sh", "-eu", "-c", script.replace(":4000", f":{service.server_port}")],
        cwd=PROJECT,
        env={"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def _serves(base_url: str) -> bool:
    try:
        return requests.get(f"{base_url}/readyz", timeout=2).ok
    except requests.RequestException:
        return False

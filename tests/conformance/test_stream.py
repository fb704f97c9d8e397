"""The continuity kit against this service, and against services that break one promise each."""

import os
import signal
from collections.abc import Iterator, Mapping

import pytest
import requests

from tests.conformance import stream as kit
from tests.conformance.faulty_server import FAULTS, Service, running
from tests.conformance.stream_reader import Fault, Subject
from tests.docs.markdown import document
from tests.support.api import PREFIX, Api
from tests.support.postgres import session
from tests.support.stack import RunningStack, eventually, running_stack

PROMISES = [*kit.PROMISES, *(promise for _, promise in kit.WITH_HOOKS)]
BY_NAME = {promise.__name__: promise for promise in PROMISES}
LISTENERS = (
    "select pg_terminate_backend(pid) from pg_stat_activity"
    " where application_name = 'openagents-runtime listener'"
)


@pytest.fixture(scope="module")
def ours() -> Iterator[Subject]:
    """This service, of a stack of its own."""
    with running_stack() as stack:
        api = Api.of(stack.state)

        def sign(
            method: str, path: str, body: bytes, names: Mapping[str, str]
        ) -> Mapping[str, str]:
            signed = api.token(method, path.removeprefix(PREFIX), body, names)
            return {"X-OA-RUNTIME-SIGNATURE": signed, **api.principal}

        yield Subject(
            api.base_url,
            sign,
            restart=lambda: crash(stack, api.base_url),
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


def _serves(base_url: str) -> bool:
    try:
        return requests.get(f"{base_url}/readyz", timeout=2).ok
    except requests.RequestException:
        return False

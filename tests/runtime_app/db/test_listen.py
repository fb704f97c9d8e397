"""LISTEN on a real server: what arrives, what a lost connection costs, and how one knows."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

import pytest

from runtime_app.db.listen import Listener
from runtime_app.local.ports import free_port
from tests.support.deaf_proxy import deaf_proxy
from tests.support.postgres import PATIENCE_S, Session, session
from tests.support.stack import eventually

LISTENING = """
    select pid from pg_stat_activity
     where datname = current_database() and application_name = 'openagents-runtime listener'"""


class SetClock:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.s = 1000.0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.s


class Heard:
    """What a listener has told, in order; `resync` stands for a resync."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str] | str] = []

    def notify(self, channel: str, payload: str) -> None:
        self.told.append((channel, payload))

    def resync(self) -> None:
        self.told.append("resync")


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def listener(database_url: str, heard: Heard) -> Iterator[Listener]:
    listener = Listener(database_url, ["one", "two"], heard.notify, heard.resync)
    listener.start()
    yield listener
    listener.stop()


@contextmanager
def no_newcomers(database_url: str) -> Iterator[None]:
    """Nobody can connect to the test's database for the length of the block."""
    server_url, _, name = database_url.rpartition("/")
    with session(f"{server_url}/postgres") as elsewhere:
        elsewhere.run(f"alter database {name} with allow_connections false")
        yield
        elsewhere.run(f"alter database {name} with allow_connections true")


def tell(owner: Session, channel: str, payload: str) -> None:
    owner.rows("select pg_notify(%(channel)s, %(payload)s)", channel=channel, payload=payload)


def test_it_resyncs_once_and_then_hears_its_channels_only(
    listener: Listener, heard: Heard, owner: Session
):
    assert listener.wait_connected(PATIENCE_S)
    tell(owner, "three", "not ours")
    tell(owner, "one", "a")
    tell(owner, "two", "b")

    eventually(lambda: len(heard.told) >= 3)
    assert heard.told == ["resync", ("one", "a"), ("two", "b")]


def test_nothing_that_is_told_after_the_resync_is_missed(
    database_url: str, heard: Heard, owner: Session
):
    told_during_resync = threading.Event()

    def resync() -> None:
        heard.resync()
        tell(owner, "one", "during the resync")
        told_during_resync.set()

    listener = Listener(database_url, ["one"], heard.notify, resync)
    listener.start()
    try:
        assert told_during_resync.wait(PATIENCE_S)
        eventually(lambda: heard.told[1:])
        assert heard.told == ["resync", ("one", "during the resync")]
    finally:
        listener.stop()


def test_a_connection_that_is_killed_comes_back_and_resyncs(
    listener: Listener, heard: Heard, owner: Session, database_url: str
):
    assert listener.wait_connected(PATIENCE_S)
    [(old,)] = owner.rows(LISTENING)
    with no_newcomers(database_url):
        assert owner.value("select pg_terminate_backend(%(pid)s, 5000)", pid=old)
        tell(owner, "one", "missed")
        eventually(lambda: not listener.connected, what="it notices")

    eventually(lambda: heard.told.count("resync") == 2, what="a second resync")
    tell(owner, "one", "heard again")
    eventually(lambda: ("one", "heard again") in heard.told)
    assert heard.told == ["resync", "resync", ("one", "heard again")]
    assert [(old,)] != owner.rows(LISTENING)
    eventually(lambda: listener.connected, what="the probe of the new connection")


def test_it_is_connected_only_when_it_hears_itself(database_url: str, heard: Heard):
    held, asked = threading.Event(), threading.Event()

    def resync() -> None:
        asked.set()
        held.wait(PATIENCE_S)

    listener = Listener(database_url, ["one"], heard.notify, resync)
    assert not listener.connected
    listener.start()
    try:
        assert asked.wait(PATIENCE_S)
        assert not listener.connected  # it listens, and has not yet probed
        held.set()
        assert listener.wait_connected(PATIENCE_S)
    finally:
        held.set()
        listener.stop()


def test_a_connection_that_is_up_and_hears_nothing_is_found_out_and_replaced(
    database_url: str, heard: Heard
):
    clock = SetClock()
    with deaf_proxy(database_url) as proxy:
        listener = Listener(proxy.url, ["one"], heard.notify, heard.resync, clock)
        listener.start()
        try:
            assert listener.wait_connected(PATIENCE_S)
            proxy.deaf = True
            eventually(partial(deaf_after, clock, listener), what="it notices")
            proxy.deaf = False
            eventually(lambda: listener.connected, what="it hears itself again")
        finally:
            listener.stop()

    assert heard.told.count("resync") >= 2


def test_a_server_that_is_not_there_is_no_reason_to_give_up(heard: Heard):
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    listener = Listener(url, ["one"], heard.notify, heard.resync)
    listener.start()

    assert not listener.wait_connected(0.5)
    assert heard.told == []
    listener.stop()
    eventually(lambda: not thread_alive("listener"), what="its thread ends")


def test_it_ends_when_it_is_told_to(listener: Listener, owner: Session):
    assert listener.wait_connected(PATIENCE_S)
    listener.stop()

    eventually(lambda: not owner.rows(LISTENING), what="its connection is closed")


def deaf_after(clock: SetClock, listener: Listener) -> bool:
    """Whether it has noticed, after some more time has passed."""
    clock.s += 0.5
    return not listener.connected


def thread_alive(name: str) -> bool:
    return any(thread.name == name for thread in threading.enumerate())

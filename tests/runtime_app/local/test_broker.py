"""The embedded broker by itself: start, stop, kill, start again."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import redis

from runtime_app.local import broker, ports, programs, spawn
from runtime_app.local.broker import Broker
from runtime_app.local.home import Home
from runtime_app.local.roles import SERVERS
from tests.support.stack import eventually, processes_of

ROLE = next(role for role in SERVERS if role.name == "broker")


def prepared(home: Home) -> Broker:
    home.make()
    return broker.prepared(home, ports.kept_port(home, "broker"), "secret")


@contextmanager
def serving(server: Broker) -> Iterator[subprocess.Popen[bytes]]:
    process = spawn.start(programs.for_broker(ROLE, server, os.environ["PATH"]))
    try:
        eventually(server.ready, what="connections")
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(ROLE.stop_signal)
        assert process.wait(timeout=5.0) in (0, -signal.SIGKILL)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "a home")


def test_it_is_ours_alone_and_drops_nothing(home: Home):
    server = prepared(home)
    with serving(server), closing(redis.Redis.from_url(server.url)) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("append*fsync") == {"appendfsync": "everysec"}
        assert client.config_get("bind") == {"bind": "127.0.0.1"}
        assert not replace(server, password="guess").ready()
        with closing(redis.Redis.from_url(replace(server, password="guess").url)) as stranger:
            with pytest.raises(redis.AuthenticationError):
                stranger.ping()


def test_no_command_line_shows_the_password(home: Home):
    with serving(prepared(home)) as process:
        assert b"secret" not in Path(f"/proc/{process.pid}/cmdline").read_bytes()
        assert processes_of(home.path) == {process.pid}


def test_messages_survive_a_stop_and_a_kill(home: Home):
    server = prepared(home)
    with serving(server), closing(redis.Redis.from_url(server.url)) as client:
        client.lpush("queue", "first")
    with serving(prepared(home)) as process, closing(redis.Redis.from_url(server.url)) as client:
        client.lpush("queue", "second")
        client.execute_command("WAITAOF", 1, 0, 5_000)
        process.kill()
        process.wait()
    again = prepared(home)
    assert again.port == server.port
    with serving(again), closing(redis.Redis.from_url(again.url)) as client:
        assert client.lrange("queue", 0, -1) == [b"second", b"first"]

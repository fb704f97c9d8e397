"""The file that says what runs where, and the lock that says who keeps it."""

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from runtime_app.local import background, lock
from runtime_app.local.errors import AlreadyRunning
from runtime_app.local.home import Home
from runtime_app.local.logs import LIMIT_BYTES, last_lines, open_log
from runtime_app.local.stack import StackState, roles_of

STATE = StackState(
    base_url="http://127.0.0.1:4000",
    page_url="http://127.0.0.1:4001",
    ops_url="http://127.0.0.1:4002",
    flower_url="http://127.0.0.1:5555",
    flower_user="operator",
    flower_password="flower-secret",
    database_url="postgresql://a:database-secret@127.0.0.1/a",
    direct_url="postgresql://a:database-secret@127.0.0.1/a",
    owner_database_url="postgresql://a:database-secret@127.0.0.1/a",
    broker_url="redis://:broker-secret@127.0.0.1/0",
    signing_key_id="local",
    signing_key="signing-secret",
    sanitizer_keys="l:sanitizer-secret",
    supervisor_pid=1,
    roles=roles_of({"web": 2}),
)


def test_it_reads_what_it_wrote_and_shows_no_secret(tmp_path: Path):
    home = Home(tmp_path)
    STATE.write(home)

    assert StackState.read(home) == STATE
    assert json.loads(home.state.read_text())["roles"] == {"web": {"pid": 2}}
    assert stat.S_IMODE(home.state.stat().st_mode) == 0o600
    assert "secret" not in repr(STATE)
    assert list(tmp_path.iterdir()) == [home.state]


def test_a_later_release_may_say_more(tmp_path: Path):
    home = Home(tmp_path)
    STATE.write(home)
    home.state.write_text(json.dumps(json.loads(home.state.read_text()) | {"new": 1}))

    assert StackState.read(home) == STATE


def test_one_holder_per_home(tmp_path: Path):
    home = Home(tmp_path)
    assert not lock.is_held(home)
    with lock.held(home):
        assert lock.is_held(home)
        with pytest.raises(AlreadyRunning) as refusal, lock.held(home):
            pass
        assert refusal.value.pid == lock.holder(home)
    assert lock.holder(home) is None


def test_what_a_killed_supervisor_left_is_not_running(tmp_path: Path):
    home = Home(tmp_path)
    assert background.running(home) is None
    STATE.write(home)
    assert background.running(home) is None
    with lock.held(home):
        assert background.running(home) is None
        own = replace(STATE, supervisor_pid=lock.holder(home))
        own.write(home)
        assert background.running(home) == own


def test_a_log_is_emptied_once_it_is_too_long(tmp_path: Path):
    log = tmp_path / "web.log"
    assert last_lines(log) == ""
    log.write_bytes(b"old\n")
    with open_log(log) as file:
        file.write(b"new\n")
    assert last_lines(log) == "old\nnew"
    assert last_lines(log, 1) == "new"
    with log.open("ab") as file:
        file.truncate(LIMIT_BYTES + 1)
    with open_log(log) as file:
        file.write(b"fresh\n")
    assert last_lines(log) == "fresh"

"""`migrations/schema.sql` is what the migrations make: all of it, and fresh."""

import subprocess
import sys
import uuid
from collections.abc import Iterator

import pytest

from migrations.dump_schema import SCHEMA, NotDumped, dump
from tests.support.postgres import session
from tests.support.stack import PROJECT

SHOWN = {
    "a column": "alter table runtime.frames add note text",
    "a default": "alter table runtime.frames alter seq set default 1",
    "a check": "alter table runtime.frames add check (seq > 0)",
    "an index": "create index on runtime.frames (seq)",
    "an index of one partition": "create index on runtime.run_events_p03 (seq)",
    "a storage parameter": "alter table runtime.frames set (fillfactor = 70)",
    "a foreign key": "alter table runtime.frames add foreign key (run_id)"
    " references runtime.run_heads",
    "a function": "create function runtime.one() returns int language sql return 1",
    "a view": "create view runtime.all_frames as select * from runtime.frames",
    "a grant": "grant select on runtime.frames to public",
    "a trigger": "create trigger t before insert on runtime.frames"
    " execute function suppress_redundant_updates_trigger()",
    "a right that all had": "revoke execute on function runtime.hash_field from public",
    "a grant on what is to come": "alter default privileges in schema runtime"
    " grant usage on types to public",
    "a schema": "create schema more",
    "a composite type": "create type runtime.pair as (one int, other int)",
}

NOT_SHOWN = {
    "a sequence": "create sequence runtime.numbers",
    "a type": "create type runtime.mood as enum ('good')",
    "a policy": "create policy p on runtime.frames",
    "an identity": "alter table runtime.frames add n int generated always as identity",
    "a grant on a column": "grant select (seq) on runtime.frames to public",
}


@pytest.fixture
def empty_url(database_url: str) -> Iterator[str]:
    """A database with nothing in it, beside the test's own."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    with session(database_url) as owner:
        owner.run(f"create database {name} template template0")
        yield database_url.rpartition("/")[0] + "/" + name
        owner.run(f"drop database {name} with (force)")


def test_the_file_is_what_the_migrations_make(database_url: str):
    assert dump(database_url) == SCHEMA.read_text()


def test_the_file_makes_the_same_schema_in_an_empty_database(empty_url: str):
    with session(empty_url) as owner:
        owner.run(SCHEMA.read_text())

    assert dump(empty_url) == SCHEMA.read_text()


@pytest.mark.parametrize("change", SHOWN.values(), ids=SHOWN)
def test_a_change_of_the_schema_changes_the_dump(database_url: str, change: str):
    with session(database_url) as owner:
        owner.run(change)

    assert dump(database_url) != SCHEMA.read_text()


@pytest.mark.parametrize("change", NOT_SHOWN.values(), ids=NOT_SHOWN)
def test_what_the_dump_cannot_show_makes_it_fail(database_url: str, change: str):
    with session(database_url) as owner:
        owner.run(change)

    with pytest.raises(NotDumped):
        dump(database_url)


@pytest.mark.parametrize(("arguments", "code"), [(["--check"], 0), (["--chekc"], 2)])
def test_the_command_checks_the_file_with_a_server_of_its_own(arguments: list[str], code: int):
    done = subprocess.run(
        [sys.executable, "-m", "migrations.dump_schema", *arguments],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == code, done.stderr
    assert ("usage" in done.stderr) == (code == 2)

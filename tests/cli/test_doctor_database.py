"""`doctor` on databases that are not as they have to be."""

import re
from typing import Any

import pytest

from runtime_app.db.revision import newest
from tests.cli.conftest import Oa, execute
from tests.cli.verdicts import CHECKS, failure, verdicts
from tests.support.pooler import hiding_pooler


def test_a_pooler_in_the_way_of_listen_is_told(oa_alone: Oa, servers: dict[str, str]) -> None:
    with hiding_pooler(servers["DATABASE_URL"], hides_options=False) as pooled:
        out = oa_alone.ok("doctor", **servers | {"DATABASE_URL": pooled})
        assert re.search(r"^ok +database .*through a pooler$", out, re.MULTILINE)
        done = oa_alone("doctor", **servers | {"OA_DATABASE_DIRECT_URL": pooled})
    assert done.code == 1
    assert "OA_DATABASE_DIRECT_URL leads through a pooler" in done.out


def test_timeouts_that_a_pooler_keeps_back_are_missed(
    oa_alone: Oa, servers: dict[str, str]
) -> None:
    with hiding_pooler(servers["DATABASE_URL"], hides_options=True) as pooled:
        line = failure(oa_alone, "timeouts", **servers | {"DATABASE_URL": pooled})
    assert "statement 0, lock 0, idle in transaction 0" in line
    assert "ALTER ROLE" in line


@pytest.fixture
def own(
    stack_state: dict[str, Any], database_url: str, app_url: str, servers: dict[str, str]
) -> dict[str, str]:
    """The settings of a deployment with a database of its own."""
    return servers | {"DATABASE_URL": app_url, "OA_DATABASE_DIRECT_URL": app_url}


def _shadow(owner_url: str, function: str) -> None:
    """Let the server say something else, to all new connections of this database."""
    name = owner_url.rpartition("/")[2]
    execute(owner_url, "create schema shadow; grant usage on schema shadow to public")
    execute(owner_url, f"create function shadow.{function}")
    execute(owner_url, f"alter database {name} set search_path = shadow, pg_catalog, public")


def test_a_clock_that_is_far_off_fails(
    oa_alone: Oa, own: dict[str, str], database_url: str
) -> None:
    _shadow(
        database_url,
        "clock_timestamp() returns timestamptz language sql"
        " return pg_catalog.clock_timestamp() + interval '90 seconds'",
    )
    line = failure(oa_alone, "clock", **own)
    assert re.search(r"is (89|90)\.\d{3} s ahead: .*NTP", line)


def test_an_old_postgres_fails(oa_alone: Oa, own: dict[str, str], database_url: str) -> None:
    _shadow(
        database_url,
        "current_setting(text) returns text language sql return case $1"
        " when 'server_version_num' then '140011' when 'server_version' then '14.11'"
        " else pg_catalog.current_setting($1) end",
    )
    done = oa_alone("doctor", **own)
    assert done.code == 1
    assert "is Postgres 14.11: 15 or newer is needed" in done.out


def test_a_login_that_may_not_write_the_log_fails(
    oa_alone: Oa, own: dict[str, str], database_url: str
) -> None:
    login = f"stranger_{database_url.rpartition('_')[2]}"
    execute(database_url, f"create role {login} login password 'stranger'")
    place = own["DATABASE_URL"].rpartition("@")[2]
    stranger = f"postgresql://{login}:stranger@{place}"
    try:
        urls = {"DATABASE_URL": stranger, "OA_DATABASE_DIRECT_URL": stranger}
        assert "OA_DATABASE_APP_URL" in failure(oa_alone, "rights", **own | urls)
    finally:
        execute(database_url, f"drop role {login}")


def test_the_owner_works_and_is_told_that_a_login_of_its_own_is_better(
    oa_alone: Oa, own: dict[str, str], database_url: str
) -> None:
    urls = {"DATABASE_URL": database_url, "OA_DATABASE_DIRECT_URL": database_url}
    assert "those of the schema's owner" in oa_alone.ok("doctor", **own | urls)


def test_a_schema_that_is_behind_fails_with_the_command_that_mends_it(
    oa: Oa, servers: dict[str, str], empty_database_url: str
) -> None:
    mine = servers | {
        "DATABASE_URL": empty_database_url,
        "OA_DATABASE_DIRECT_URL": "",
        "OA_OPERATOR": "ada",
    }
    before = oa("doctor", **mine)
    marks = verdicts(before.out)
    assert (before.code, marks["rights"], marks["schema"]) == (1, "ok", "FAIL")
    assert "oa-runtime migrate" in before.out
    assert oa.ok("migrate", **mine) == f"schema went from nothing to {newest()}\n"
    assert verdicts(oa.ok("doctor", **mine)) == dict.fromkeys(CHECKS, "ok")
    assert oa.ok("migrate", **mine) == f"schema is at {newest()}, nothing to do\n"

"""A web process whose database is away, or is not what it needs: a clear answer, and no page."""

from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
import requests

from runtime_app.db.revision import newest
from runtime_app.local.ports import free_port
from tests.support import contract
from tests.support.api import Api, fresh
from tests.support.postgres import session
from tests.support.stack import eventually
from tests.web.envelope import refused
from tests.web.routes import ROUTES, Route
from tests.web.solo import KEY, surroundings, web_process

walk = pytest.mark.parametrize("route", ROUTES, ids=str)


@pytest.fixture(scope="module")
def deserted(stack_state: dict[str, Any]) -> Iterator[Api]:
    """A process without a database."""
    nowhere = f"postgresql://nobody@127.0.0.1:{free_port()}/nothing"
    settings = surroundings(stack_state, DATABASE_URL=nowhere, OA_DATABASE_DIRECT_URL=nowhere)
    with web_process(settings) as base_url:
        yield Api(base_url, KEY)


@walk
def test_without_postgres_every_route_says_come_again(deserted: Api, route: Route) -> None:
    response = route.call(deserted, fresh(), fresh("t"))
    refused(response, 503, "unavailable")
    assert int(response.headers["Retry-After"]) >= 1


def test_without_postgres_the_process_lives_and_is_not_ready(deserted: Api) -> None:
    assert requests.get(f"{deserted.base_url}/healthz", timeout=10).status_code == 200
    ready = requests.get(f"{deserted.base_url}/readyz", timeout=10)
    assert ready.status_code == 503
    found = {"postgres": False, "schema": False, "listener": False, "keys": [KEY.key_id]}
    assert ready.json() == {"status": "unavailable", **found}
    contract.conforms(ready)


def test_without_postgres_a_forged_token_is_refused_all_the_same(deserted: Api) -> None:
    response = deserted.start(fresh(), fresh("t"))
    refused(response, 503, "unavailable")
    forged = {"X-OA-RUNTIME-SIGNATURE": "v1.e30.AAAA"}
    answer = deserted.send("POST", "/runs", body={"thread_id": "t"}, headers=forged)
    refused(answer, 401, "unauthorized")


@pytest.fixture
def bare(stack_state: dict[str, Any], database_url: str) -> Iterator[Api]:
    """A process whose database has not been migrated; it stands in for any defect."""
    connection = psycopg2.connect(database_url)
    with connection, connection.cursor() as cursor:
        cursor.execute("drop schema runtime cascade; drop table schema_version")
    connection.close()
    settings = surroundings(
        stack_state, DATABASE_URL=database_url, OA_DATABASE_DIRECT_URL=database_url
    )
    with web_process(settings) as base_url:
        yield Api(base_url, KEY)


def test_a_defect_is_told_by_its_request_id_and_nothing_else(bare: Api) -> None:
    error = refused(bare.start(fresh(), fresh("t")), 500, "internal_error")
    assert error["details"] == []
    assert "auth_nonces" not in str(error)
    assert requests.get(f"{bare.base_url}/healthz", timeout=10).status_code == 200


def test_a_database_that_has_not_been_migrated_is_not_ready(bare: Api) -> None:
    def look() -> dict[str, Any] | None:
        response = requests.get(f"{bare.base_url}/readyz", timeout=10)
        assert response.status_code == 503, response.text
        found: dict[str, Any] = response.json()
        return found if found["listener"] else None

    assert eventually(look, within_s=10, what="the listener") == {
        "status": "unavailable",
        "postgres": True,
        "schema": False,
        "listener": True,
        "keys": [KEY.key_id],
    }


def test_the_schema_of_a_later_release_will_do_and_that_of_an_earlier_one_will_not(
    bare: Api, database_url: str
) -> None:
    def ready_at(revision: str) -> bool:
        with session(database_url) as owner:
            owner.run("create table if not exists schema_version (version_num text)")
            owner.run("delete from schema_version")
            owner.run("insert into schema_version values (%(at)s)", at=revision)
        response = requests.get(f"{bare.base_url}/readyz", timeout=10)
        found: bool = response.json()["schema"]
        return found

    assert [ready_at(revision) for revision in ("9999", newest(), "0001")] == [True, True, False]

"""Operators: tokens with scopes instead of a principal, on routes of their own and no others."""

from collections.abc import Iterator
from typing import Any

import pytest

from runtime_app.security.key_ring import SigningKey
from tests.support.api import Api, fresh
from tests.web.envelope import refused
from tests.web.routes import OPERATORS, ROUTES, Route, start
from tests.web.solo import surroundings, web_process

walk = pytest.mark.parametrize("route", OPERATORS, ids=str)
walk_users = pytest.mark.parametrize("route", ROUTES, ids=str)

PLAIN = SigningKey("plain", b"0123456789abcdef0123456789abcdef")
READS = SigningKey("reads", b"fedcba9876543210fedcba9876543210")
_ENTRIES = [f"{key.key_id}:{key.secret.decode()}" for key in (PLAIN, READS)]
RING = f"{_ENTRIES[0]},{_ENTRIES[1]}:ops:read+ds:read,old:one that is going out"


@pytest.fixture(scope="module")
def base_url(stack_state: dict[str, Any]) -> Iterator[str]:
    """A process with a key of users, one of operators and one that is going out."""
    with web_process(surroundings(stack_state, OA_SIGNING_KEYS=RING)) as url:
        yield url


def test_an_operator_sees_the_ring_and_no_secret(base_url: str) -> None:
    answer = Api(base_url, READS).as_operator("ada", "ops:read").send("GET", "/ops/keys")
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "keys": [
            {"keyId": "plain", "slot": "current", "scopes": []},
            {"keyId": "reads", "slot": "current", "scopes": ["ds:read", "ops:read"]},
            {"keyId": "old", "slot": "previous", "scopes": []},
        ]
    }
    assert not any(key.secret.decode() in answer.text for key in (PLAIN, READS))


def _operator(api: Api, route: Route, *more: str) -> Api:
    assert route.scope is not None
    return api.as_operator("ada", route.scope, *more)


@walk
def test_an_operator_may_walk_every_route_of_operators(api: Api, route: Route) -> None:
    run_id, thread_id = start(api)
    answer = route.call(_operator(api, route), run_id, thread_id)
    assert answer.status_code in (200, 201, 202), answer.text


@walk
def test_a_user_and_a_guest_are_refused(api: Api, route: Route) -> None:
    for who in (api, api.as_guest("visitor")):
        refused(route.call(who, fresh(), fresh("t")), 403, "forbidden")


@walk
def test_a_principal_beside_the_scopes_is_refused(api: Api, route: Route) -> None:
    named = route.names("r", "t")
    for header in ({"X-OA-USER-ID": "42"}, {"X-OA-GUEST-SCOPE": "visitor"}):
        answer = route.call(_operator(api, route), "r", "t", headers=header)
        refused(answer, 401, "unauthorized")
    for claim in ({"user_id": 42}, {"guest_scope": "visitor"}):
        answer = route.call(_operator(api, route), "r", "t", claims=named | claim)
        refused(answer, 403, "forbidden")


@walk
def test_the_token_must_ask_for_the_routes_scope(api: Api, route: Route) -> None:
    other = next(scope for scope in ("ds:read", "ops:read") if scope != route.scope)
    refused(route.call(api.as_operator("ada", other), "r", "t"), 403, "forbidden")


@walk
def test_the_key_must_grant_all_that_the_token_asks_for(base_url: str, route: Route) -> None:
    plain, reads = Api(base_url, PLAIN), Api(base_url, READS)
    refused(route.call(_operator(plain, route), "r", "t"), 403, "forbidden")
    for more in ("ops:act", "root"):
        refused(route.call(_operator(reads, route, more), "r", "t"), 403, "forbidden")


@walk
def test_a_token_must_name_what_the_route_names_and_nothing_else(api: Api, route: Route) -> None:
    run_id, thread_id = start(api)
    bent = {"run_id": run_id if not route.names_run else fresh(), "thread_id": thread_id}
    refused(route.call(_operator(api, route), run_id, thread_id, claims=bent), 403, "forbidden")


@walk_users
def test_no_operator_is_let_in_where_users_are(api: Api, route: Route) -> None:
    run_id, thread_id = start(api)
    operator = api.as_operator("ada", "ops:read", "ops:act")
    refused(route.call(operator, run_id, thread_id), 403, "forbidden")
    dressed = route.call(operator, run_id, thread_id, headers={"X-OA-USER-ID": "42"})
    refused(dressed, 403, "forbidden")
    both = {**route.names(run_id, thread_id), "user_id": 42}
    headers = {"X-OA-USER-ID": "42"}
    refused(route.call(operator, run_id, thread_id, claims=both, headers=headers), 403, "forbidden")


@pytest.mark.parametrize(
    "claims",
    [
        {"scope": []},
        {"scope": "ops:read"},
        {"scope": [1]},
        {"scope": None, "actor": None, "user_id": "ada"},
        {"actor": None},
        {"actor": ""},
        {"actor": 7},
        {"actor": "a" * 201},
        {"actor": "a\nb"},
    ],
    ids=str,
)
def test_scope_and_actor_that_cannot_be_read_are_refused(
    api: Api, claims: dict[str, object]
) -> None:
    operator = api.as_operator("ada", "ops:read")
    bent = Api(operator.base_url, operator.key, {}, {**operator.asks, **claims})
    refused(bent.send("GET", "/ops/keys"), 401, "unauthorized")


def test_a_user_whose_token_names_an_actor_is_still_a_user(api: Api) -> None:
    run_id, thread_id = start(api)
    named = {"run_id": run_id, "thread_id": thread_id}
    answer = api.send(
        "GET", f"/runs/{run_id}?thread_id={thread_id}", claims={**named, "actor": "ada"}
    )
    assert answer.status_code == 200

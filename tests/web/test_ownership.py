"""Every route, walked by everybody who may not: nothing is read, nothing is changed."""

import pytest

from tests.support.api import Api, fresh
from tests.web.envelope import refused
from tests.web.routes import ALL, EXISTING, ROUTES, Route, start

walk = pytest.mark.parametrize("route", ROUTES, ids=str)
walk_existing = pytest.mark.parametrize("route", EXISTING, ids=str)
walk_runs = pytest.mark.parametrize("route", [r for r in ROUTES if r.names_run], ids=str)
walk_runless = pytest.mark.parametrize("route", [r for r in ROUTES if not r.names_run], ids=str)


def test_the_walk_has_something_to_walk() -> None:
    assert len(ALL) >= 11
    assert len(EXISTING) >= 8


def test_the_owner_may_walk_every_route(api: Api) -> None:
    run_id, thread_id = start(api)
    for route in ROUTES:
        # A tool call is a run of its own.
        named = fresh() if route.rule == "/tools/execute" else run_id
        response = route.call(api, named, thread_id)
        assert response.status_code in (200, 201, 202), f"{route}: {response.text}"


def test_a_guest_may_walk_every_route_of_its_own(api: Api) -> None:
    guest = api.as_guest("visitor 7")
    run_id, thread_id = start(guest)
    for route in ROUTES:
        named = fresh() if route.rule == "/tools/execute" else run_id
        response = route.call(guest, named, thread_id)
        assert response.status_code in (200, 201, 202), f"{route}: {response.text}"


@walk
def test_a_stranger_is_refused(api: Api, route: Route) -> None:
    run_id, thread_id = start(api)
    refused(route.call(api.as_user(43), run_id, thread_id), 403, "forbidden")
    assert [event["type"] for event in api.events(run_id, thread_id)] == ["run.accepted"]


@walk
def test_a_guest_of_the_same_name_is_not_the_user(api: Api, route: Route) -> None:
    run_id, thread_id = start(api)
    refused(route.call(api.as_guest("42"), run_id, thread_id), 403, "forbidden")


@walk
def test_a_user_of_the_same_name_is_not_the_guest(api: Api, route: Route) -> None:
    run_id, thread_id = start(api.as_guest("42"))
    refused(route.call(api, run_id, thread_id), 403, "forbidden")


@walk
def test_another_guest_is_refused(api: Api, route: Route) -> None:
    run_id, thread_id = start(api.as_guest("one"))
    refused(route.call(api.as_guest("two"), run_id, thread_id), 403, "forbidden")


@pytest.mark.parametrize("route", [r for r in EXISTING if r.names_run], ids=str)
def test_a_run_is_refused_under_another_threads_name(api: Api, route: Route) -> None:
    run_id, thread_id = start(api)
    _, other = start(api)
    refused(route.call(api, run_id, other), 403, "forbidden")
    assert [event["type"] for event in api.events(run_id, thread_id)] == ["run.accepted"]


@walk_existing
def test_what_does_not_exist_is_not_found(api: Api, route: Route) -> None:
    refused(route.call(api, fresh(), fresh("t")), 404, "not_found")


@walk
def test_a_request_without_a_signature_is_refused(api: Api, route: Route) -> None:
    run_id, thread_id = start(api)
    unsigned = {"X-OA-RUNTIME-SIGNATURE": None}
    refused(route.call(api, run_id, thread_id, headers=unsigned), 401, "unauthorized")


@walk
def test_a_request_without_a_principal_is_refused(api: Api, route: Route) -> None:
    run_id, thread_id = start(api)
    nobody = {"X-OA-USER-ID": None}
    refused(route.call(api, run_id, thread_id, headers=nobody), 401, "unauthorized")


@walk
def test_a_request_with_two_principals_is_refused(api: Api, route: Route) -> None:
    run_id, thread_id = start(api)
    both = {"X-OA-GUEST-SCOPE": "visitor"}
    refused(route.call(api, run_id, thread_id, headers=both), 401, "unauthorized")


@walk
def test_the_principal_header_must_be_the_tokens(api: Api, route: Route) -> None:
    run_id, thread_id = start(api)
    other = {"X-OA-USER-ID": "43"}
    refused(route.call(api, run_id, thread_id, headers=other), 403, "forbidden")
    guest = {"X-OA-USER-ID": None, "X-OA-GUEST-SCOPE": "42"}
    refused(route.call(api, run_id, thread_id, headers=guest), 403, "forbidden")


@walk_runs
def test_the_token_must_name_the_run(api: Api, route: Route) -> None:
    run_id, thread_id = start(api)
    for claims in (
        {"thread_id": thread_id},
        {"thread_id": thread_id, "run_id": fresh()},
        {"thread_id": thread_id, "run_id": run_id.upper()},
    ):
        refused(route.call(api, run_id, thread_id, claims=claims), 403, "forbidden")


@walk
def test_the_token_must_name_the_thread(api: Api, route: Route) -> None:
    run_id, thread_id = start(api)
    named = {"run_id": run_id} if route.names_run else {}
    for claims in (named, {**named, "thread_id": fresh("t")}):
        refused(route.call(api, run_id, thread_id, claims=claims), 403, "forbidden")


@walk_runs
def test_a_token_of_one_run_opens_no_other_of_its_owner(api: Api, route: Route) -> None:
    run_id, thread_id = start(api)
    other, _ = start(api)
    named = {"run_id": other, "thread_id": thread_id}
    refused(route.call(api, run_id, thread_id, claims=named), 403, "forbidden")


@walk_runless
def test_a_token_that_names_a_run_is_refused_where_none_is_named(api: Api, route: Route) -> None:
    run_id, thread_id = start(api)
    named = {"run_id": run_id, "thread_id": thread_id}
    refused(route.call(api, run_id, thread_id, claims=named), 403, "forbidden")


def test_a_token_that_names_a_run_starts_none_without_a_name(api: Api) -> None:
    run_id, thread_id = start(api)
    named = {"run_id": run_id, "thread_id": thread_id}
    unnamed = api.send("POST", "/runs", body={"thread_id": thread_id}, **named)
    refused(unnamed, 403, "forbidden")


def test_an_identity_in_the_body_is_never_believed(api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    claimed = {"user_id": 42, "guest_scope": "x", "owner": "user:42"}
    started = api.as_user(43).start(run_id, thread_id, model="scripted/echo", **claimed)
    assert started.status_code == 201
    refused(api.get("", run_id, thread_id), 403, "forbidden")
    assert api.as_user(43).get("", run_id, thread_id).status_code == 200

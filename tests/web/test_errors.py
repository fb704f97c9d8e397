"""Whatever goes wrong, the answer is the envelope, with the request id of the header."""

import json
from collections.abc import Iterator

import pytest
import requests

from tests.support.api import PREFIX, Api, fresh
from tests.web import routes
from tests.web.envelope import fields, refused
from tests.web.routes import ROUTES, Route

MAX_BODY_BYTES = 262_144


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "path",
    ["/", "/nope", f"{PREFIX}", f"{PREFIX}/nope", f"{PREFIX}/runs/a/nope", f"{PREFIX}/threads/t"],
)
def test_an_unknown_route_is_not_found(api: Api, method: str, path: str) -> None:
    refused(requests.request(method, api.base_url + path, timeout=10), 404, "not_found")


@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_a_wrong_method_names_the_right_ones(api: Api, route: Route) -> None:
    url = api.base_url + PREFIX + route.path("r", "t")
    shared = {other.method for other in ROUTES if other.path("r", "t") == route.path("r", "t")}
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "BREW"} - shared:
        if method == "GET" and route.rule == "/runs/stream":
            continue  # `stream` reads as a run's id there
        response = requests.request(method, url, timeout=10)
        refused(response, 405, "method_not_allowed")
        assert shared <= set(response.headers["Allow"].split(", "))


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_that_does_not_say_json_is_refused(api: Api, content_type: str | None) -> None:
    sent = {"Content-Type": content_type}
    response = api.send("POST", "/runs", thread_id="t", body={"thread_id": "t"}, headers=sent)
    refused(response, 415, "unsupported_media_type")


def test_json_with_a_charset_is_json(api: Api) -> None:
    sent = {"Content-Type": "Application/JSON; charset=utf-8"}
    body = {"thread_id": "t", "model": "scripted/echo"}
    assert api.send("POST", "/runs", thread_id="t", body=body, headers=sent).status_code == 201


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"null", b'"thread_id"', b"\xff", b"[" * 50_000, b'\xef\xbb\xbf{"a":1}'],
    ids=["nothing", "torn", "a list", "null", "text", "no UTF-8", "deep", "a byte order mark"],
)
def test_a_body_that_is_no_json_object_is_refused(api: Api, raw: bytes) -> None:
    error = refused(api.send("POST", "/runs", raw=raw, thread_id="t"), 400, "invalid_request")
    assert fields(error) == ["body"]


def test_a_body_over_the_limit_is_refused(api: Api) -> None:
    fits = body_of(MAX_BODY_BYTES)
    assert api.send("POST", "/runs", raw=fits, thread_id="t").status_code == 201
    response = api.send("POST", "/runs", raw=body_of(MAX_BODY_BYTES + 1), thread_id="t")
    refused(response, 413, "payload_too_large")


def test_the_size_is_looked_at_before_the_signature(api: Api) -> None:
    url = f"{api.base_url}{PREFIX}/runs"
    refused(requests.post(url, data=body_of(400_000), timeout=10), 413, "payload_too_large")
    refused(requests.post(url, data=body_of(400), timeout=10), 401, "unauthorized")


def test_a_chunked_body_counts_as_it_comes(api: Api) -> None:
    fits = body_of(MAX_BODY_BYTES)
    assert post_chunked(api, fits, fits).status_code == 201
    over = body_of(MAX_BODY_BYTES + 1)
    refused(post_chunked(api, over, over), 413, "payload_too_large")


@pytest.mark.parametrize("size", [4_097, 7_000, 9_000, 60_000])
def test_a_uri_that_is_too_long_is_refused(api: Api, size: int) -> None:
    target = "/healthz?" + "a" * (size - len("/healthz?"))
    refused(requests.get(api.base_url + target, timeout=10), 414, "uri_too_long")


def test_the_longest_uri_passes(api: Api) -> None:
    target = "/healthz?" + "a" * (4_096 - len("/healthz?"))
    assert requests.get(api.base_url + target, timeout=10).status_code == 200


@pytest.mark.parametrize("size", [17_000, 33_000, 200_000])
def test_headers_that_are_too_large_are_refused(api: Api, size: int) -> None:
    headers = {"X-Padding": "a" * size}
    response = requests.get(f"{api.base_url}/healthz", headers=headers, timeout=10)
    refused(response, 431, "headers_too_large")


def test_too_many_headers_are_refused(api: Api) -> None:
    headers = {f"X-{number}": "a" for number in range(150)}
    response = requests.get(f"{api.base_url}/healthz", headers=headers, timeout=10)
    refused(response, 431, "headers_too_large")


def test_the_request_id_that_was_given_comes_back_on_every_answer(api: Api) -> None:
    run_id, thread_id = routes.start(api)
    for path, status in (("", 200), ("/integrity", 200), ("/stream", 200), ("/nope", 404)):
        given = fresh("req")
        response = api.send(
            "GET",
            f"/runs/{run_id}{path}?thread_id={thread_id}&tail_ms=1",
            run_id=run_id,
            thread_id=thread_id,
            headers={"x-request-id": given},
        )
        assert response.status_code == status
        assert response.headers["x-request-id"] == given


@pytest.mark.parametrize("given", [None, "", "a b", "<script>", "x" * 201])
def test_a_request_without_an_id_of_use_is_given_one(api: Api, given: str | None) -> None:
    sent = {} if given is None else {"x-request-id": given}
    answers = [requests.get(f"{api.base_url}/nope", headers=sent, timeout=10) for _ in range(2)]
    ids = {refused(answer, 404, "not_found")["requestId"] for answer in answers}
    assert len(ids) == 2
    assert given not in ids


@pytest.mark.parametrize("run_id", ["a%20b", "%00", "%ff%fe", "a,b", "x" * 201, "%C3%A4"])
def test_an_identifier_of_other_characters_is_refused(api: Api, run_id: str) -> None:
    response = api.send("GET", f"/runs/{run_id}?thread_id=t", thread_id="t")
    error = refused(response, 400, "invalid_request")
    assert fields(error) == ["run_id"]


def test_a_query_without_a_thread_is_refused(api: Api) -> None:
    for query in ("", "?thread_id=", "?thread_id=a%20b"):
        error = refused(api.send("GET", f"/runs/r{query}", run_id="r"), 400, "invalid_request")
        assert fields(error) == ["thread_id"]


def body_of(size: int) -> bytes:
    """A good body for a start, of exactly so many bytes."""
    body = {"thread_id": "t", "model": "scripted/echo", "metadata": {"a": ""}}
    body["metadata"] = {"a": "x" * (size - len(json.dumps(body)))}
    return json.dumps(body).encode()


def post_chunked(api: Api, sent: bytes, signed: bytes) -> requests.Response:
    """POST /runs with a body that does not tell its length."""

    def pieces() -> Iterator[bytes]:
        for at in range(0, len(sent), 10_000):
            yield sent[at : at + 10_000]

    headers = {
        "Content-Type": "application/json",
        "X-OA-RUNTIME-SIGNATURE": api.token("POST", "/runs", signed, {"thread_id": "t"}),
        **api.principal,
    }
    url = f"{api.base_url}{PREFIX}/runs"
    return requests.post(url, data=pieces(), headers=headers, timeout=20)

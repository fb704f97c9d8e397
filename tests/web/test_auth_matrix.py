"""One table of requests that must be refused, and how; sent to a process that demands the binding.

What follows from more than one request (replay, the failure limit) stands in tests of its own.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pytest
import requests

from runtime_app.security import tokens
from runtime_app.security.key_ring import SigningKey
from tests.support.api import PREFIX, Api, fresh
from tests.web import routes
from tests.web.envelope import refused
from tests.web.signing import SIGNATURE, Look, encoded, signed
from tests.web.solo import surroundings, web_process

NEW = SigningKey("new", b"the-secret-of-today-in-32-bytes!")
OLD = SigningKey("old", b"the-secret-of-yesterday-32-bytes")
OPS = SigningKey("ops", b"the-secret-of-operators-32-bytes", frozenset({"ops:read"}))
GONE = SigningKey("gone", b"a-secret-that-has-been-taken-out")
RING = ",".join(":".join([key.key_id, key.secret.decode(), *key.scopes]) for key in (NEW, OLD, OPS))
KEY_ID = "X-OA-RUNTIME-KEY-ID"
USER, GUEST = "X-OA-USER-ID", "X-OA-GUEST-SCOPE"
NOW_S = int(time.time())


@pytest.fixture(scope="module")
def look(stack_state: dict[str, Any]) -> Iterator[Look]:
    with web_process(surroundings(stack_state, OA_SIGNING_KEYS=RING)) as base_url:
        api = Api(base_url, NEW)
        yield Look(api, *routes.start(api))


def claims(**other: Any) -> Callable[[Look], requests.Response]:
    """The plain request, with claims put in place of good ones."""
    return lambda look: look.send(look.token(**other))


def headers(**other: str | None) -> Callable[[Look], requests.Response]:
    """The plain request, with headers (spelt with underscores) put in place of good ones."""
    spelt = {name.replace("_", "-"): value for name, value in other.items()}
    return lambda look: look.send(headers=spelt)


def token(make: Callable[[Look], str]) -> Callable[[Look], requests.Response]:
    """The plain request, with another token."""
    return lambda look: look.send(make(look))


def body(raw: bytes, **other: str) -> Callable[[Look], requests.Response]:
    """A frame with a body of any bytes, rightly signed."""

    def send(look: Look) -> requests.Response:
        named = {"run_id": look.run_id, "thread_id": look.thread_id}
        spelt = {name.replace("_", "-"): value for name, value in other.items()}
        return look.api.send("POST", f"{look.path}/frames", raw=raw, headers=spelt, **named)

    return send


def operator(key: SigningKey, **asks: Any) -> Callable[[Look], requests.Response]:
    """The operators' list of keys, asked for by the key with these claims."""
    base = {"actor": "ada", "scope": ["ops:read"], **asks}
    return lambda look: Api(look.api.base_url, key, {}, base).send("GET", "/ops/keys")


def _other_mac(look: Look) -> str:
    return look.token().rpartition(".")[0] + "." + look.token().rpartition(".")[2]


def _other_claims(look: Look) -> str:
    changed = encoded(json.dumps(look.claims(user_id=1)).encode())
    return f"v1.{changed}.{look.token().rpartition('.')[2]}"


def _another_run(look: Look) -> requests.Response:
    run_id, thread_id = routes.start(look.api)
    return look.api.send(
        "GET", f"/runs/{run_id}?thread_id={thread_id}", run_id=look.run_id, thread_id=thread_id
    )


def _strangers_run(look: Look) -> requests.Response:
    return look.api.as_user(43).get("", look.run_id, look.thread_id)


def _thread_of_none(look: Look) -> requests.Response:
    return look.api.get("", look.run_id, fresh("t"))


def _named_run_on_a_thread(look: Look) -> requests.Response:
    named = {"run_id": look.run_id, "thread_id": look.thread_id}
    return look.api.send("GET", f"/threads/{look.thread_id}/state", **named)


def _plain_body() -> bytes:
    frame = {"frame_id": "f", "type": "context", "payload": {}}
    return json.dumps({"thread_id": "t", **frame}).encode()


@dataclass(frozen=True)
class Bad:
    """A request and its refusal."""

    what: str
    send: Callable[[Look], requests.Response]
    status: int
    code: str


_U, _F, _I = (401, "unauthorized"), (403, "forbidden"), (400, "invalid_request")
_M = (415, "unsupported_media_type")

# fmt: off
MATRIX = (
    # sizes and encodings, before anything is read
    Bad("long URI", lambda look: look.api.get("", look.run_id, "t" * 4096), 414, "uri_too_long"),
    Bad("headers too large", headers(X_Padding="x" * 16_000), 431, "headers_too_large"),
    Bad("body too large", body(b" " * 262_145), 413, "payload_too_large"),
    Bad("gzip", body(_plain_body(), Content_Encoding="gzip"), *_I),
    Bad("gzip without a signature", headers(Content_Encoding="gzip", **{SIGNATURE: None}), *_I),
    # the form
    Bad("no signature", headers(**{SIGNATURE: None}), *_U),
    Bad("empty signature", token(lambda _: ""), *_U),
    Bad("one part", token(lambda _: "v1"), *_U),
    Bad("two parts", token(lambda look: look.token().rpartition(".")[0]), *_U),
    Bad("four parts", token(lambda look: look.token() + ".x"), *_U),
    Bad("another version", token(lambda look: "v2" + look.token()[2:]), *_U),
    Bad("bearer", token(lambda look: "Bearer " + look.token()), *_U),
    Bad("padding", token(lambda look: look.token() + "="), *_U),
    Bad("standard base64", token(lambda look: f"v1.{'+/' * 20}.{'+/' * 20}"), *_U),
    Bad("5000 bytes", token(lambda _: "v1." + "a" * 5000), *_U),
    # the MAC
    Bad("another token's MAC", token(_other_mac), *_U),
    Bad("other claims under a good MAC", token(_other_claims), *_U),
    Bad("a MAC cut short", token(lambda look: look.token()[:-4]), *_U),
    Bad("a key that was taken out", token(lambda look: tokens.mint(GONE, look.claims())), *_U),
    Bad("the id of no key", headers(**{KEY_ID: "gone"}), *_U),
    Bad("the id of another key", headers(**{KEY_ID: "old"}), *_U),
    Bad("an empty key id", headers(**{KEY_ID: ""}), *_U),
    # the claims, under a MAC that holds
    Bad("no JSON", token(lambda look: signed(look.api.key, "hello")), *_U),
    Bad("a list", token(lambda look: signed(look.api.key, "[1]")), *_U),
    Bad("depth", token(lambda look: signed(look.api.key, "[" * 2900)), *_U),
    Bad("no nonce", claims(nonce=None), *_U),
    Bad("an empty nonce", claims(nonce=""), *_U),
    Bad("a long nonce", claims(nonce="n" * 129), *_U),
    Bad("iat as text", claims(iat=str(NOW_S)), *_U),
    Bad("exp as a float", claims(exp=NOW_S + 60.5), *_U),
    Bad("exp as true", claims(exp=True), *_U),
    Bad("user_id as text", claims(user_id="42"), *_U),
    Bad("scope without an actor", claims(scope=["ops:read"]), *_U),
    # the times
    Bad("expired", claims(iat=NOW_S - 600, exp=NOW_S - 300), *_U),
    Bad("from the future", claims(iat=NOW_S + 3600, exp=NOW_S + 3660), *_U),
    Bad("too long-lived", claims(iat=NOW_S, exp=NOW_S + 3600), *_U),
    Bad("ends before it begins", claims(iat=NOW_S + 20, exp=NOW_S + 10), *_U),
    # the principal
    Bad("no principal", headers(**{USER: None}), *_U),
    Bad("two principals", headers(**{GUEST: "visitor"}), *_U),
    Bad("a principal that is no number", headers(**{USER: "forty-two"}), *_U),
    Bad("an empty guest", headers(**{USER: None, GUEST: ""}), *_U),
    # the binding
    Bad("another user's header", headers(**{USER: "43"}), *_F),
    Bad("a guest of the user's name", headers(**{USER: None, GUEST: "42"}), *_F),
    Bad("no principal in the claims", claims(user_id=None), *_F),
    Bad("both principals in the claims", claims(guest_scope="42"), *_F),
    Bad("no run in the claims", claims(run_id=None), *_F),
    Bad("another run", _another_run, *_F),
    Bad("no thread in the claims", claims(thread_id=None), *_F),
    Bad("another thread", claims(thread_id="elsewhere"), *_F),
    Bad("a run where none is named", _named_run_on_a_thread, *_F),
    Bad("no method", claims(htm=None), *_F),
    Bad("another method", claims(htm="POST"), *_F),
    Bad("no path", claims(htp=None), *_F),
    Bad("another path", claims(htp=f"{PREFIX}/runs"), *_F),
    Bad("the path with its query", claims(htp=f"{PREFIX}/runs?thread_id=t"), *_F),
    Bad("no body hash", claims(bsh=None), *_F),
    Bad("another body's hash", claims(bsh="0" * 64), *_F),
    Bad("the hash in upper case", claims(bsh=sha256(b"").hexdigest().upper()), *_F),
    # operators
    Bad("an operator on a user's route", claims(scope=["ops:read"], actor="ada"), *_F),
    Bad("a user on an operators' route", lambda look: look.api.send("GET", "/ops/keys"), *_F),
    Bad("a scope that the key lacks", operator(NEW), *_F),
    Bad("more scopes than the key grants", operator(OPS, scope=["ops:read", "ops:act"]), *_F),
    Bad("not the route's scope", operator(OPS, scope=["ds:read"]), *_F),
    Bad("a run that the route does not name", operator(OPS, run_id="r"), *_F),
    # the body, once the signature holds
    Bad("no JSON in the body", body(b"{"), *_I),
    Bad("no JSON by its name", body(b"{}", Content_Type="text/plain"), *_M),
    # ownership
    Bad("a stranger's run", _strangers_run, *_F),
    Bad("a run under another thread", _thread_of_none, *_F),
    Bad("no such run", lambda look: look.api.get("", fresh(), fresh("t")), 404, "not_found"),
)
# fmt: on


@pytest.mark.parametrize("bad", MATRIX, ids=lambda bad: bad.what.replace(" ", "-"))
def test_a_bad_request_is_refused_as_the_table_says(look: Look, bad: Bad) -> None:
    refused(bad.send(look), bad.status, bad.code)


def test_the_table_is_long_and_no_row_is_there_twice() -> None:
    assert len(MATRIX) >= 40
    assert len({bad.what for bad in MATRIX}) == len(MATRIX)


def test_what_is_right_passes(look: Look) -> None:
    """Each row is one step away from one of these."""
    assert look.send().status_code == 200
    assert look.send(headers={KEY_ID: "new"}).status_code == 200
    assert look.send(tokens.mint(OLD, look.claims())).status_code == 200
    assert look.send(tokens.mint(OPS, look.claims())).status_code == 200
    assert operator(OPS)(look).status_code == 200
    state = look.api.send("GET", f"/threads/{look.thread_id}/state", thread_id=look.thread_id)
    assert state.status_code == 200

"""Who is let in: the token and its key, over HTTP. Times and encodings in detail: test_tokens."""

import json
import time

import pytest

from runtime_app.security import tokens
from runtime_app.security.key_ring import SigningKey
from tests.support.api import Api, fresh
from tests.web import routes
from tests.web.envelope import refused
from tests.web.signing import SIGNATURE, Look, encoded, signed


@pytest.fixture(scope="module")
def look(api: Api) -> Look:
    return Look(api, *routes.start(api))


def test_a_good_token_passes(look: Look) -> None:
    assert look.send().status_code == 200


def test_a_missing_signature_is_refused(look: Look) -> None:
    error = refused(look.send(headers={SIGNATURE: None}), 401, "unauthorized")
    assert SIGNATURE in error["message"]


@pytest.mark.parametrize(
    "token",
    ["", "x", "v1", "v1.", "v1..", "v1.a.b", "v2.e30.AAAA", "v1.e30.AAAA.AAAA", "v1." + "a" * 5000],
)
def test_a_malformed_signature_is_refused(look: Look, token: str) -> None:
    refused(look.send(token), 401, "unauthorized")


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "[1]",
        "null",
        "[" * 2900,
        b"\xff\xfe",
        json.dumps({"iat": 1}).encode("utf-16"),
        "{}",
    ],
    ids=["no JSON", "a list", "null", "too deep", "no UTF-8", "UTF-16", "nothing"],
)
def test_claims_that_are_none_are_refused_though_signed(look: Look, text: str | bytes) -> None:
    refused(look.send(signed(look.api.key, text)), 401, "unauthorized")


@pytest.mark.parametrize(
    "claims",
    [
        {"iat": None},
        {"exp": None},
        {"iat": "now"},
        {"exp": 4e9},
        {"iat": True},
        {"nonce": None},
        {"nonce": ""},
        {"nonce": 7},
        {"nonce": "n" * 129},
        {"nonce": "n\0"},
        {"nonce": "n\ud800"},
        {"user_id": "42"},
        {"user_id": 42.5},
        {"run_id": 1},
        {"thread_id": ["t"]},
        {"htm": 1},
    ],
    ids=str,
)
def test_a_claim_of_the_wrong_kind_is_refused(look: Look, claims: dict[str, object]) -> None:
    refused(look.send(look.token(**claims)), 401, "unauthorized")


@pytest.mark.parametrize(
    ("iat_s", "exp_s"),
    [(-60, -1), (-60, 0), (40, 100), (-1, 300), (0, 301), (10, 10), (20, 10), (-10_000, 10)],
    ids=[
        "expired",
        "expires now",
        "from the future",
        "too long",
        "too long by one",
        "no life",
        "backwards",
        "an old one renewed",
    ],
)
def test_a_token_out_of_its_time_is_refused(look: Look, iat_s: int, exp_s: int) -> None:
    now_s = int(time.time())
    refused(look.send(look.token(iat=now_s + iat_s, exp=now_s + exp_s)), 401, "unauthorized")


@pytest.mark.parametrize(("iat_s", "exp_s"), [(-240, 30), (20, 300), (0, 299)])
def test_a_token_within_its_bounds_passes(look: Look, iat_s: int, exp_s: int) -> None:
    now_s = int(time.time())
    assert look.send(look.token(iat=now_s + iat_s, exp=now_s + exp_s)).status_code == 200


def test_a_token_of_another_key_is_refused(look: Look) -> None:
    stranger = SigningKey("local", b"not the secret of this stack")
    refused(look.send(tokens.mint(stranger, look.claims())), 401, "unauthorized")


def test_the_key_id_chooses_the_key(look: Look, api: Api) -> None:
    named = {"X-OA-RUNTIME-KEY-ID": api.key.key_id}
    assert look.send(headers=named).status_code == 200
    refused(look.send(headers={"X-OA-RUNTIME-KEY-ID": "nobody"}), 401, "unauthorized")


def test_a_token_whose_claims_were_changed_is_refused(look: Look) -> None:
    _, claims, mac = look.token().split(".")
    other = encoded(json.dumps(look.claims(user_id=1)).encode())
    refused(look.send(f"v1.{other}.{mac}"), 401, "unauthorized")
    refused(look.send(f"v1.{claims}.{mac[:-2]}"), 401, "unauthorized")


def test_a_token_with_padding_is_refused(look: Look) -> None:
    refused(look.send(look.token() + "="), 401, "unauthorized")


@pytest.mark.parametrize(
    "claims",
    [
        {"htm": "POST"},
        {"htm": "get"},
        {"htp": "/internal/v1/runs"},
        {"htp": ""},
        {"bsh": "0" * 64},
        {"user_id": 43},
        {"user_id": None},
        {"guest_scope": "42"},
        {"user_id": None, "guest_scope": "42"},
    ],
    ids=str,
)
def test_a_claim_that_does_not_match_the_request_is_forbidden(
    look: Look, claims: dict[str, object]
) -> None:
    refused(look.send(look.token(**claims)), 403, "forbidden")


def test_the_binding_may_be_left_out_where_it_is_not_demanded(look: Look) -> None:
    assert look.send(look.token(htm=None, htp=None, bsh=None)).status_code == 200


def test_the_binding_is_of_the_exact_body(api: Api) -> None:
    run_id, thread_id = routes.start(api)
    path = f"/runs/{run_id}/cancel"
    names = {"run_id": run_id, "thread_id": thread_id}
    body = json.dumps({"thread_id": thread_id}).encode()
    token = api.token("POST", path, body, names)
    spaced = api.send("POST", path, raw=body + b" ", headers={SIGNATURE: token})
    refused(spaced, 403, "forbidden")
    assert api.send("POST", path, raw=body, headers={SIGNATURE: token}).status_code == 202


def test_the_path_is_bound_as_it_was_sent(api: Api) -> None:
    """A client may escape the colon of an id; what it signs is what stands on the wire."""
    run_id, thread_id = fresh("r:"), "t:1"
    assert api.start(run_id, thread_id, model="scripted/echo").status_code == 201
    names = {"run_id": run_id, "thread_id": thread_id}
    escaped = "/runs/" + run_id.replace(":", "%3A")
    assert api.send("GET", f"{escaped}?thread_id=t%3A1", **names).status_code == 200
    plain = api.token("GET", f"/runs/{run_id}", b"", names)
    sent = api.send("GET", f"{escaped}?thread_id=t:1", headers={SIGNATURE: plain}, **names)
    refused(sent, 403, "forbidden")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-OA-USER-ID": ""},
        {"X-OA-USER-ID": "forty-two"},
        {"X-OA-USER-ID": "4.2"},
        {"X-OA-USER-ID": "+42"},
        {"X-OA-USER-ID": "42, 42"},
        {"X-OA-USER-ID": "9" * 30},
        {"X-OA-USER-ID": None, "X-OA-GUEST-SCOPE": ""},
        {"X-OA-USER-ID": None, "X-OA-GUEST-SCOPE": "g" * 201},
        {"X-OA-USER-ID": None, "X_OA_USER_ID": "42"},
    ],
    ids=str,
)
def test_a_principal_that_cannot_be_read_is_refused(
    look: Look, headers: dict[str, str | None]
) -> None:
    refused(look.send(headers=headers), 401, "unauthorized")


def test_the_signature_is_looked_at_before_the_body(api: Api) -> None:
    answer = api.send("POST", "/runs", raw=b"{", headers={SIGNATURE: "v1.e30.AAAA"})
    refused(answer, 401, "unauthorized")
    refused(api.send("POST", "/runs", raw=b"{", thread_id="t"), 400, "invalid_request")

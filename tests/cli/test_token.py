"""`token mint|inspect`: tokens that the service takes, and what it would say of them."""

import json
import time
from typing import Any

import pytest
import requests

from runtime_app.security import tokens
from runtime_app.security.key_ring import SigningKey
from tests.cli.conftest import Oa
from tests.support.api import PREFIX, Api, fresh

MINT = ("token", "mint", "--reason", "a test")


@pytest.fixture
def run(api: Api) -> tuple[str, str]:
    """A run of user 42, and its thread."""
    run_id, thread_id = fresh(), fresh("t")
    assert api.start(run_id, thread_id, model="scripted/echo").status_code == 201
    return run_id, thread_id


def _get(api: Api, run: tuple[str, str], token: str, **who: str) -> requests.Response:
    run_id, thread_id = run
    return requests.get(
        f"{api.base_url}{PREFIX}/runs/{run_id}",
        params={"thread_id": thread_id},
        headers={"X-OA-RUNTIME-SIGNATURE": token, **(who or {"X-OA-USER-ID": "42"})},
        timeout=30,
    )


def _names(run: tuple[str, str]) -> list[str]:
    return ["--run", run[0], "--thread", run[1]]


def test_a_minted_token_lets_one_request_in(oa: Oa, api: Api, run: tuple[str, str]) -> None:
    token = oa.ok(*MINT, "--user", "42", *_names(run)).strip()
    assert _get(api, run, token).status_code == 200
    again = _get(api, run, token)
    assert (again.status_code, again.json()["error"]["code"]) == (401, "unauthorized")


def test_a_token_may_be_bound_to_method_and_path(oa: Oa, api: Api, run: tuple[str, str]) -> None:
    bound = [*MINT, "--user", "42", *_names(run), "--method", "GET", "--path"]
    right = oa.ok(*bound, f"{PREFIX}/runs/{run[0]}").strip()
    wrong = oa.ok(*bound, f"{PREFIX}/runs/{run[0]}/cancel").strip()
    assert _get(api, run, right).status_code == 200
    assert _get(api, run, wrong).status_code == 403


def test_a_token_may_speak_for_a_guest(oa: Oa, api: Api) -> None:
    run_id, thread_id = fresh(), fresh("t")
    assert api.as_guest("visitor").start(run_id, thread_id).status_code == 201
    names = _names((run_id, thread_id))
    token = oa.ok(*MINT, "--guest", "visitor", *names).strip()
    answer = _get(api, (run_id, thread_id), token, **{"X-OA-GUEST-SCOPE": "visitor"})
    assert answer.status_code == 200


@pytest.mark.parametrize("who", [[], ["--user", "1", "--guest", "g"]])
def test_mint_wants_a_user_or_a_guest(oa: Oa, who: list[str]) -> None:
    done = oa(*MINT, *who)
    assert done.code == 2
    assert "give --user or --guest" in done.err


def test_a_token_may_speak_for_an_operator(oa: Oa, api: Api) -> None:
    path = f"{PREFIX}/ops/keys"
    token = oa.ok(
        *MINT, "--actor", "ada", "--scope", "ops:read", "--method", "GET", "--path", path
    ).strip()
    answer = requests.get(
        api.base_url + path, headers={"X-OA-RUNTIME-SIGNATURE": token}, timeout=30
    )
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "who", [["--actor", "ada"], ["--scope", "ops:read"], ["--user", "1", "--scope", "ops:read"]]
)
def test_an_operator_has_a_name_and_a_scope(oa: Oa, who: list[str]) -> None:
    assert oa(*MINT, *who).code == 2


def test_mint_says_when_no_key_grants_the_scope(oa: Oa) -> None:
    done = oa(*MINT, "--actor", "ada", "--scope", "ops:everything")
    assert done.code == 1
    assert "no key of the ring grants ops:everything" in done.err


def test_mint_makes_no_token_that_lives_too_long(oa: Oa) -> None:
    done = oa(*MINT, "--user", "1", "--ttl-s", "301")
    assert done.code == 2
    assert "301" in done.err


def test_inspect_shows_the_claims_of_a_token_and_that_it_holds(oa: Oa) -> None:
    minted = oa.ok(*MINT, "--user", "7", "--thread", "t1", "--ttl-s", "90").strip()
    shown, _, verdict = oa.ok("token", "inspect", minted).rstrip("\n").rpartition("\n")
    claims = json.loads(shown)
    assert (claims["user_id"], claims["thread_id"]) == (7, "t1")
    assert claims["exp"] - claims["iat"] == 90
    assert "run_id" not in claims
    assert verdict == "holds, signed with key local"


def test_inspect_says_why_a_token_does_not_hold_with_exit_code_1(
    oa: Oa, stack_state: dict[str, Any]
) -> None:
    now_s = int(time.time())
    claims = {"iat": now_s - 100, "exp": now_s - 40, "nonce": "n", "user_id": 1}
    known = SigningKey("local", stack_state["signing_key"].encode())
    stranger = SigningKey("other", b"x" * 16)
    for text, reason in (
        (tokens.mint(known, claims), "the token has expired"),
        (tokens.mint(stranger, claims), "does not hold under any known key"),
        ("v1.abc", "not of the form"),
        ("v1.%%.%%", "base64url"),
    ):
        done = oa("token", "inspect", text)
        assert done.code == 1
        assert reason in done.err
        assert "holds, signed" not in done.out


def test_no_secret_is_printed_by_inspect(oa: Oa, stack_state: dict[str, Any]) -> None:
    token = oa.ok(*MINT, "--user", "1").strip()
    done = oa("token", "inspect", token)
    assert stack_state["signing_key"] not in done.out + done.err

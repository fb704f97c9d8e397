"""Tokens: the golden ones hold, and nothing that differs from them in a single place does."""

import base64
import hashlib
import hmac
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime_app.errors import Forbidden, Unauthorized
from runtime_app.security.key_ring import KeyRing, SigningKey
from runtime_app.security.principal import Principal
from runtime_app.security.tokens import RequestFacts, bind, mint, verify

GOLDEN = json.loads(
    (Path(__file__).parents[2] / "golden" / "tokens" / "verified.json").read_text(encoding="utf-8")
)
KEY = SigningKey("golden", b"test-secret")
# By hand: the secret of the contract's vector is shorter than what the ring takes.
RING = KeyRing((KEY,))
NOW_S = 1_771_500_030
TOKEN = GOLDEN[0]["token"]
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def token(**claims: Any) -> str:
    """A signed token with good claims, some of them replaced."""
    given_claims = {"iat": NOW_S, "exp": NOW_S + 60, "nonce": "n", "thread_id": "t", "user_id": 42}
    return mint(KEY, given_claims | claims)


@pytest.mark.parametrize("vector", GOLDEN, ids=lambda vector: vector["name"])
def test_a_golden_token_verifies(vector: dict[str, Any]) -> None:
    ring = KeyRing((SigningKey("golden", vector["secret"].encode()),))
    said = asdict(verify(vector["token"], None, ring, vector["now"]))
    assert json.loads(json.dumps(said)) == vector["says"]


@pytest.mark.parametrize("vector", GOLDEN, ids=lambda vector: vector["name"])
def test_a_golden_token_follows_from_its_secret_and_claims(vector: dict[str, Any]) -> None:
    claims = base64.urlsafe_b64encode(vector["claims"].encode()).rstrip(b"=")
    mac = hmac.new(vector["secret"].encode(), claims, hashlib.sha256).digest()
    signature = base64.urlsafe_b64encode(mac).rstrip(b"=")
    assert vector["token"] == f"v1.{claims.decode()}.{signature.decode()}"


def test_minting_gives_the_golden_token() -> None:
    assert mint(KEY, json.loads(GOLDEN[0]["claims"])) == TOKEN


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from(ALPHABET + ".=+/ é"))
def test_no_other_character_in_any_place_verifies(place: int, other: str) -> None:
    changed = TOKEN[:place] + other + TOKEN[place + 1 :]
    if changed == TOKEN:
        verify(changed, None, RING, NOW_S)
        return
    with pytest.raises(Unauthorized):
        verify(changed, None, RING, NOW_S)


@given(st.text(max_size=200))
def test_any_text_is_refused_and_nothing_worse(text: str) -> None:
    with pytest.raises(Unauthorized):
        verify(text, None, RING, NOW_S)
    with pytest.raises(Unauthorized):
        verify(f"v1.{text}.AAAA", None, RING, NOW_S)


@given(st.binary(max_size=200))
def test_any_signed_bytes_that_are_no_claims_are_refused_and_nothing_worse(raw: bytes) -> None:
    with pytest.raises(Unauthorized):
        verify(signed(raw), None, RING, NOW_S)


@pytest.mark.parametrize("tail", ["=", "==", "%3D", "\n", " "])
def test_padding_and_trailing_characters_are_refused(tail: str) -> None:
    with pytest.raises(Unauthorized):
        verify(TOKEN + tail, None, RING, NOW_S)


def test_base64_that_is_not_canonical_is_refused() -> None:
    """32 bytes leave two spare bits in the last character: four spellings, one of them right."""
    last = ALPHABET.index(TOKEN[-1])
    assert last % 4 == 0
    for spare in (1, 2, 3):
        with pytest.raises(Unauthorized, match="base64url"):
            verify(TOKEN[:-1] + ALPHABET[last + spare], None, RING, NOW_S)


def test_the_other_alphabet_is_refused() -> None:
    vector = GOLDEN[2]
    ring = KeyRing((SigningKey("golden", vector["secret"].encode()),))
    with pytest.raises(Unauthorized, match="base64url"):
        verify(vector["token"].replace("_", "/").replace("-", "+"), None, ring, vector["now"])


def test_nothing_is_parsed_before_the_mac_holds() -> None:
    body = signed(b"no JSON at all").split(".")[1]
    with pytest.raises(Unauthorized, match="any known key"):
        verify(f"v1.{body}.AAAA", None, RING, NOW_S)
    with pytest.raises(Unauthorized, match="not JSON"):
        verify(signed(b"no JSON at all"), None, RING, NOW_S)


def test_a_token_is_at_most_4096_bytes() -> None:
    room = 4096 - len(token(pad=""))
    fits = next(
        text
        for size in range(room * 3 // 4, 0, -1)
        if len(text := token(pad="x" * size)) in (4095, 4096)
    )
    verify(fits, None, RING, NOW_S)
    with pytest.raises(Unauthorized, match="longer"):
        verify(token(pad="x" * 4096), None, RING, NOW_S)


def test_the_lifetime_is_judged_to_the_second() -> None:
    at = NOW_S
    verify(token(iat=at + 30, exp=at + 330), None, RING, at)
    verify(token(iat=at - 299, exp=at + 1), None, RING, at + 0.999)
    for iat, exp, now_s in (
        (at - 60, at, at),
        (at - 60, at, at + 0.001),
        (at + 31, at + 60, at),
        (at, at + 301, at),
        (at + 10, at + 10, at),
    ):
        with pytest.raises(Unauthorized):
            verify(token(iat=iat, exp=exp), None, RING, now_s)


def test_the_key_id_chooses_among_the_ring() -> None:
    current, previous = SigningKey("new", b"n" * 16), SigningKey("old", b"o" * 16)
    ring = KeyRing((current, previous))
    claims = {"iat": NOW_S, "exp": NOW_S + 9, "nonce": "n"}
    for key in (current, previous):
        assert verify(mint(key, claims), None, ring, NOW_S).key_id == key.key_id
        assert verify(mint(key, claims), key.key_id, ring, NOW_S).key_id == key.key_id
    with pytest.raises(Unauthorized):
        verify(mint(current, claims), "old", ring, NOW_S)
    with pytest.raises(Unauthorized):
        verify(mint(current, claims), "nobody", ring, NOW_S)


BOUND = {
    "run_id": "r",
    "thread_id": "t",
    "htm": "POST",
    "htp": "/internal/v1/runs",
    "bsh": "ab",
}
FACTS = RequestFacts(Principal(user_id=42), "r", "t", "POST", "/internal/v1/runs", "ab")


def test_claims_that_match_the_request_bind() -> None:
    claims = verify(token(**BOUND), None, RING, NOW_S)
    bind(claims, FACTS, require_request_binding=True)


@pytest.mark.parametrize("name", [*BOUND, "user_id"])
def test_a_claim_that_differs_or_is_missing_is_forbidden(name: str) -> None:
    different = 43 if name == "user_id" else "other"
    for value in (different, None):
        claims = verify(token(**BOUND | {name: value}), None, RING, NOW_S)
        with pytest.raises(Forbidden, match=name):
            bind(claims, FACTS, require_request_binding=True)


@pytest.mark.parametrize("name", ["htm", "htp", "bsh"])
def test_the_binding_is_checked_wherever_it_is_present(name: str) -> None:
    absent = verify(token(**BOUND | {name: None}), None, RING, NOW_S)
    bind(absent, FACTS, require_request_binding=False)
    for wrong in ("other", ""):
        claims = verify(token(**BOUND | {name: wrong}), None, RING, NOW_S)
        with pytest.raises(Forbidden, match=name):
            bind(claims, FACTS, require_request_binding=False)


def test_a_claim_that_the_request_does_not_name_is_forbidden() -> None:
    claims = verify(token(**BOUND), None, RING, NOW_S)
    nameless = RequestFacts(FACTS.principal, None, "t", "POST", "/internal/v1/runs", "ab")
    with pytest.raises(Forbidden, match="run_id"):
        bind(claims, nameless, require_request_binding=True)


def test_a_user_is_not_a_guest() -> None:
    guest = RequestFacts(Principal(guest_scope="42"), "r", "t", "POST", "/internal/v1/runs", "ab")
    both = verify(token(**BOUND, guest_scope="42"), None, RING, NOW_S)
    for claims, facts in ((both, FACTS), (both, guest)):
        with pytest.raises(Forbidden):
            bind(claims, facts, require_request_binding=True)
    only = verify(token(**BOUND, guest_scope="42", user_id=None), None, RING, NOW_S)
    bind(only, guest, require_request_binding=True)


def signed(raw: bytes) -> str:
    """A token over any bytes, with a MAC that holds."""
    claims = base64.urlsafe_b64encode(raw).rstrip(b"=").decode() or "AA"
    mac = hmac.digest(KEY.secret, claims.encode(), hashlib.sha256)
    return f"v1.{claims}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"

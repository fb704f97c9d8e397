"""JSON values: keys, structure, bounds, types, and that what is clean is given back as it is."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from runtime_app.canonical import canonical
from runtime_app.sanitizer import Format, Profile, PseudonymKeys, Sanitizer, Structure

SECRET = "hunter" + "2-and-more"


def masked(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("[redacted:")


@pytest.mark.parametrize(
    "name",
    [
        *("password", "Password2", "user.password", "db-password", "passphrases", "clientSecret"),
        *("AWS_SECRET_ACCESS_KEY", "x-api-key", "apiKey", "APIKey", "private key", "set-cookie"),
        *("Proxy-Authorization", "accessToken", "csrf_token", "apikey", "credentials", "jwt"),
        *("x-oa-runtime-signature", "seed_phrase", "nsec", "preimage", "api_keys", "smtp_pass"),
    ],
)
def test_below_a_secret_key_every_leaf_is_replaced(sanitizer, name):
    clean = sanitizer.value({name: {"a": ["text", 7, True, 1.5, None, ""], "b": "x"}})[name]
    assert masked(clean["b"])
    assert [masked(leaf) for leaf in clean["a"]] == [True, True, True, True, False, False]


@pytest.mark.parametrize(
    "name",
    [
        *("password_hash", "max_tokens", "next_page_token", "total_tokens", "tokens", "key"),
        *("primary_key", "secretary", "cookie_count", "authorization_url", "keyboard", "address"),
        *("public_key", "access_key_id", "token_count", "pagination.next.token", "monkey"),
    ],
)
def test_other_keys_promise_nothing(sanitizer, name):
    payload = {name: ["text", 7, "a-Value-of-16-and-more"]}
    assert sanitizer.value(payload) is payload


def test_a_bare_token_is_secret_if_it_looks_like_one(sanitizer):
    assert masked(sanitizer.value({"token": "aB3dE6gH9jK2mN5p"})["token"])
    for plain in ("the word", "comma", 7, "2026-01-02T03:04:05Z", ["a"]):
        payload = {"token": plain, "password_hint": ""}
        assert sanitizer.value(payload) is payload


STRUCTURE = Structure(
    {
        "api_key": Format.ID,
        "password": Format.HASH,
        "at": Format.TIME,
        "secret": Format.ENUM,
        "access_token": Format.INT,
        "credential": Format.MONEY,
        "cookie": Format.CURSOR,
        "parts.*.jwt": Format.ID,
    }
)
FITTING = {
    "api_key": "key_1:a",
    "password": "sha256:" + "0a" * 32,
    "at": "2026-01-02T03:04:05.123Z",
    "secret": "in_progress",
    "access_token": 7,
    "credential": "12.50 EUR",
    "cookie": "17",
    "parts": [{"jwt": "p1.1"}, {"jwt": "p1.2"}],
}


def test_a_structural_field_is_left_alone_if_it_holds_what_it_promises(sanitizer):
    assert sanitizer.value(FITTING, structure=STRUCTURE) is FITTING
    assert sanitizer.value(FITTING) != FITTING


@pytest.mark.parametrize("name", STRUCTURE.fields)
def test_a_secret_cannot_hide_in_a_structural_field(sanitizer, name):
    held = "sk" + "-" + "a1B2" * 8
    top, _, below = name.partition(".*.")
    payload = {top: [{below: held}]} if below else {top: held}
    assert held not in json.dumps(sanitizer.value(payload, structure=STRUCTURE))
    spaced = {top: [{below: "a b"}]} if below else {top: "a b"}
    assert sanitizer.value(spaced, structure=STRUCTURE) == sanitizer.value(spaced)


def test_keys_are_sanitized_and_none_is_lost(sanitizer):
    one, two = ("sk" + "-" + letter + "1B2" * 8 for letter in "ab")
    clean = sanitizer.value({one: 1, two: 2, sanitizer.text(one): 3})
    assert sorted(clean.values()) == [1, 2, 3]
    assert sanitizer.value(clean) is clean


def test_personal_keys_count_for_the_private_profile(sanitizer):
    payload = {
        "street": "1 Main St",
        "postal_code": 12345,
        "ssn": "078-05-1120",
        "birthDate": "1980-01-02",
        "phone_number": "0170 1234567",
        "phones": ["0170 1234567"],
        "address": "10.0.0.7:80",
        "city": "Bern",
    }
    assert sanitizer.value(payload) is payload
    clean = sanitizer.value(payload, Profile.PRIVATE)
    assert {name for name, value in clean.items() if value == payload[name]} == {"address", "city"}


def test_what_is_past_a_bound_is_named_by_size_and_hash(sanitizer):
    assert sanitizer.text("a" * (256 * 1024)) == "a" * (256 * 1024)
    assert sanitizer.value({"a": "é" * 200_000})["a"].startswith("[oversize:400000:")
    deep: Any = "leaf"
    for _ in range(40):
        deep = {"a": deep}
    clean = json.dumps(sanitizer.value(deep))
    assert clean.count("{") == 32
    assert "[oversize:" in clean
    wide = {"keep": "me", "wide": [{"b": "c"}] * 20_000}
    clean = sanitizer.value(wide)
    assert clean["keep"] == "me"
    assert clean["wide"].startswith("[oversize:")
    assert sanitizer.value(clean) is clean
    assert sanitizer.canonical(canonical(wide), wide) == canonical(clean)
    many = "password=a1 " * 2_100
    assert sanitizer.text(many).startswith(f"[oversize:{len(many)}:")
    halves = ["password=a1 " * 1_100, "password=a1 " * 1_100, "password=a1", "plain"]
    first, second, third, last = sanitizer.value(halves)
    assert (first[:9], second[:9], third[:9], last) == ("password=", *["[oversize"] * 2, "plain")


def test_a_bottomless_value_is_cut_off(sanitizer):
    bottomless: Any = []
    bottomless.append(bottomless)
    assert "oversize" in json.dumps(sanitizer.value(bottomless))
    deep: Any = ["leaf"]
    for _ in range(100_000):
        deep = [deep]
    assert "oversize" in json.dumps(sanitizer.value({"password": deep, "a": deep}))


def test_other_types_are_converted_or_named(sanitizer):
    given = {
        "at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "on": date(2026, 1, 2),
        "sum": Decimal("1.50"),
        "id": UUID(int=1),
        "raw": b"bytes",
        "pair": (1, "b"),
        "tags": {1},
    }
    assert sanitizer.value(given) == {
        "at": "2026-01-02T03:04:05Z",
        "on": "2026-01-02",
        "sum": "1.50",
        "id": str(UUID(int=1)),
        "raw": "[unserializable:bytes]",
        "pair": [1, "b"],
        "tags": "[unserializable:set]",
    }


def test_its_own_failure_drops_the_value_and_is_heard():
    class Broken(dict[str, Any]):
        def items(self) -> Any:
            raise RuntimeError("broken")

    heard: list[str] = []
    sanitizer = Sanitizer(PseudonymKeys.parse("k:" + "s" * 32), heard.append)
    broken = Broken(password="x")
    assert sanitizer.value(broken, Profile.PRIVATE) == "[unsanitized]"
    assert sanitizer.canonical('{"password":"x"}', broken) == '"[unsanitized]"'
    assert heard == ["private", "secrets"]


@pytest.mark.parametrize(
    ("identifier", "holds"),
    [
        ("run_1:a.b", False),
        ("reset-password:123", False),
        ("task-" + "0a1b2c3d" * 4, False),
        ("frame." + "sk" + "-" + "a1B2" * 8, True),
        ("a:" + "gh" + "p_" + "a1B2" * 9, True),
    ],
)
def test_an_identifier_with_a_credential_is_told(sanitizer, identifier, holds):
    assert sanitizer.holds_credential(identifier) is holds


def test_the_stamp_names_the_rules_and_the_key(sanitizer):
    assert sanitizer.stamp == "oa.sanitizer.v1/k"

"""What holds for any input: it never raises, twice is once, ids survive and secrets do not."""

import json
import string
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from runtime_app.canonical import canonical, make_safe, stored_loads
from runtime_app.sanitizer import Profile
from tests.corpora.sanitizer.planted import shaped

profiles = st.sampled_from(Profile)
#: Texts of what the rules look for, in any order.
hot = st.lists(
    st.sampled_from(
        [
            *("password", "token", "api_key", "Cookie", "mnemonic", "Bearer ", "Basic ", "L402 "),
            *(": ", "=", ' = "', '"', "'", "\\", '\\"', "\n", " ", ";", "&", "?", "://", "@", "."),
            *("sk" + "-", "gh" + "p_", "ey" + "J", "-----BEGIN ", "PRIVATE KEY-----", "-----END "),
            *(
                "[redacted:secret:k:abcdefgh]",
                "[redacted:",
                "hunter2",
                "a1B2" * 9,
                "é",
                "漢",
                "+49",
            ),
            *("x@y.org", "4111 1111 1111 1111", "code", "sig", "1", "{", "}", "[", "]", ",", "%3D"),
        ]
    ),
    max_size=14,
).map("".join)
texts = st.one_of(hot, st.text(st.characters(), max_size=60))
names = st.one_of(st.sampled_from(["password", "token", "headers", "a", "phone", "name"]), texts)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=10,
)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(texts, profiles)
def test_twice_is_once_for_texts(sanitizer, text, profile):
    once = sanitizer.text(text, profile)
    assert sanitizer.text(once, profile) == once


@settings(deadline=None, derandomize=True, max_examples=300)
@given(values, profiles)
def test_twice_is_once_for_values(sanitizer, value: Any, profile):
    once = sanitizer.value(value, profile)
    assert sanitizer.value(once, profile) is once or once != once


@settings(deadline=None, derandomize=True, max_examples=200)
@given(values, profiles)
def test_canonical_json_stays_canonical_and_says_what_the_value_says(sanitizer, value, profile):
    safe, _ = make_safe(value)
    text = canonical(safe)
    clean = sanitizer.canonical(text, safe, profile)
    assert clean == canonical(sanitizer.value(safe, profile))
    assert canonical(stored_loads(clean)) == clean


@settings(deadline=None, derandomize=True, max_examples=300)
@given(texts, profiles, st.lists(st.integers(0, 80), max_size=4))
def test_pieces_come_out_as_the_whole(sanitizer, text, profile, cuts):
    scanner, places = sanitizer.stream(profile), [0, *sorted(cuts), len(text)]
    out = [scanner.feed(text[a:b]) for a, b in pairwise(places)]
    whole = sanitizer.text(text, profile)
    assert "".join([*out, scanner.end()]) == whole


@settings(deadline=None, derandomize=True)
@given(st.uuids(), st.binary(min_size=16, max_size=64), st.datetimes(), st.integers(), st.floats())
def test_ids_hashes_times_and_numbers_survive(sanitizer, some_id, raw, at, whole, real):
    payload = {
        "id": str(some_id),
        "hash": raw.hex(),
        "at": at.isoformat(),
        "n": [whole, real],
        "text": f"{some_id} at {at.isoformat()}Z made {raw.hex()}, password: required",
    }
    assert sanitizer.value(payload) is payload


@settings(deadline=None, derandomize=True, max_examples=300)
@given(
    st.sampled_from([secret for _, secret in shaped(3)]),
    st.text(st.sampled_from(" \n\t.,:;()<>\"'=/é漢"), min_size=1, max_size=5),
    st.text(st.sampled_from(string.ascii_letters + " "), max_size=20),
    profiles,
)
def test_a_planted_secret_does_not_survive(sanitizer, secret, edge, around, profile):
    value = {"a": f"{around}{edge}{secret}{edge[::-1]}{around}"}
    assert secret[: len(secret) * 3 // 4] not in json.dumps(sanitizer.value(value, profile))

"""Canonical JSON: the standard's own vectors, what is refused and where, what is mended."""

import hashlib
import json
import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime_app.canonical import (
    MAX_SAFE_INTEGER,
    NotCanonical,
    canonical,
    make_safe,
    sha256_hex,
    stable_hash,
    stored_loads,
    strict_loads,
)

GOLDEN = Path(__file__).parents[1] / "golden" / "canonical"
DOCUMENTS = json.loads((GOLDEN / "documents.json").read_text())["documents"]
NUMBERS = json.loads((GOLDEN / "numbers.json").read_text())


def double(hexadecimal: str) -> float:
    return struct.unpack(">d", bytes.fromhex(hexadecimal))[0]


# -- canonical ------------------------------------------------------------------------------------


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document["name"])
def test_a_document_of_the_standard_comes_out_byte_for_byte(document):
    value = strict_loads(document["input"].encode())
    assert canonical(value).encode().hex() == document["output_hex"]


@pytest.mark.parametrize(("bits", "text"), NUMBERS["appendix_b"])
def test_a_number_of_the_standard_is_written_as_it_says(bits, text):
    assert canonical(double(bits)) == text


@pytest.mark.parametrize("bits", NUMBERS["not_numbers"])
def test_what_is_no_number_is_refused(bits):
    with pytest.raises(NotCanonical):
        canonical(double(bits))


@pytest.mark.parametrize("count", [1000, 10_000])
def test_the_standards_sequence_of_numbers_has_its_published_digest(count):
    lines = (f"{bits:x},{canonical(value)}\n" for bits, value in islice(sequence(), count))
    assert sha256_hex("".join(lines)) == NUMBERS["sequence_sha256"][str(count)]


def sequence() -> Iterator[tuple[int, float]]:
    """Bits and value: chosen edges, the first normal numbers, then a chain of digests."""
    for bits in NUMBERS["sequence_begins"]:
        yield int(bits, 16), double(bits)
    for bits in range(0x0010000000000000, 0x0010000000000000 + 2000):
        yield bits, double(f"{bits:016x}")
    block = bytes(32)
    while True:
        block = hashlib.sha256(block).digest()
        for bits in struct.unpack("<4Q", block):
            value = double(f"{bits:016x}")
            if value != 0 and abs(value) < float("inf"):
                yield bits, value


@pytest.mark.parametrize("value", [2**53, -(2**53), {"a": [10**30]}, b"x", {1: 2}, "\ud800"])
def test_what_canonical_json_cannot_carry_is_refused(value):
    with pytest.raises(NotCanonical):
        canonical(value)


def test_a_hash_is_of_the_canonical_text():
    assert canonical({"b": 1, "a": "é"}) == '{"a":"é","b":1}'
    expected = hashlib.sha256('{"a":"é","b":1}'.encode()).hexdigest()
    assert stable_hash({"b": 1, "a": "é"}) == stable_hash({"a": "é", "b": 1.0}) == expected


# -- strict_loads ---------------------------------------------------------------------------------

DEEP = b'{"a":' * 33 + b"1" + b"}" * 33


@pytest.mark.parametrize(
    ("raw", "path", "problem"),
    [
        (b"", "", "is not JSON"),
        (b"{", "", "is not JSON"),
        (b"\xff", "", "must be UTF-8"),
        (b'\xef\xbb\xbf{"a":1}', "", "is not JSON"),
        (b'{"a": 9007199254740992}', "a", "2^53"),
        (b'{"payload": {"a": [1, -9007199254740992]}}', "payload.a.1", "2^53"),
        (b'{"a": %s}' % (b"9" * 5000), "a", "2^53"),
        (b'{"a": -%s}' % (b"9" * 5000), "a", "2^53"),
        (b"[NaN]", "0", "finite"),
        (b'{"a": {"b": -Infinity}}', "a.b", "finite"),
        (b'{"a": 1e400}', "a", "finite"),
        (b'{"a": "x\\u0000y"}', "a", "\\u0000"),
        (b'{"a": [{"b": "\\ud800"}]}', "a.0.b", "lone surrogate"),
        (b'{"a": "\\udc00\\ud800"}', "a", "lone surrogate"),
        (b'{"a": {"b": 1, "b": 1}}', "a.b", "stands twice"),
        (b'[{"a": 1, "b": 2, "a": 3}]', "0.a", "stands twice"),
        (b'{"a": 1, "\\u0061": 2}', "a", "stands twice"),
        (DEEP, ".".join("a" * 33), "32 levels"),
        (b"[" * 100_000, "", "nested too deeply"),
    ],
)
def test_what_cannot_be_stored_is_refused_with_its_path(raw, path, problem):
    with pytest.raises(NotCanonical) as caught:
        strict_loads(raw)
    assert caught.value.path == path
    assert problem in caught.value.problem
    assert str(caught.value) == f"{path or 'body'}: {caught.value.problem}"


@pytest.mark.parametrize("key", ["\\u0000", "\\ud800"])
def test_a_key_is_held_to_the_same_rules(key):
    with pytest.raises(NotCanonical) as caught:
        strict_loads(b'{"a": {"%s": 1}}' % key.encode())
    assert caught.value.path.startswith("a.")


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"9007199254740991", MAX_SAFE_INTEGER),
        (b"-9007199254740991", -MAX_SAFE_INTEGER),
        (b"1e21", 1e21),
        (b"1.7976931348623157e308", 1.7976931348623157e308),
        (b'"\\ud83d\\ude00"', "😀"),
        (b'{"": {"": null}}', {"": {"": None}}),
        (b'[{"a": 1}, {"a": 1}]', [{"a": 1}, {"a": 1}]),
        (b"[" * 32 + b"]" * 32, None),
    ],
)
def test_what_can_be_stored_is_taken(raw, value):
    loaded = strict_loads(raw)
    assert value is None or loaded == value
    assert stored_loads(canonical(loaded)) == loaded


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(), max_size=3), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(json_values)
def test_what_is_taken_can_be_written_and_is_read_again_as_it_is(value: Any):
    raw = json.dumps(value).encode()
    taken, safe = attempt(strict_loads, raw), make_safe(value)
    assert (taken is REFUSED) <= safe[1]
    if taken is not REFUSED:
        assert stored_loads(canonical(taken)) == taken


REFUSED = object()


def attempt(load: Callable[[bytes], Any], raw: bytes) -> Any:
    try:
        return load(raw)
    except NotCanonical:
        return REFUSED


# -- make_safe ------------------------------------------------------------------------------------


@settings(deadline=None)
@given(json_values)
def test_mended_values_can_always_be_written(value: Any):
    safe, changed = make_safe(value)
    text = canonical(safe)
    assert "\\u0000" not in text or "\\\\u0000" in text
    assert make_safe(safe) == (safe, False)
    if not changed:
        assert safe == value


@pytest.mark.parametrize(
    ("value", "safe"),
    [
        (2**53, "9007199254740992"),
        (-(10**30), "-" + "1" + "0" * 30),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        ("a\x00b", "a\ufffdb"),
        ("é\x00", "é\ufffd"),
        ("\ud800", "\ufffd"),
        ("a\udc00b", "a\ufffdb"),
        ("\ud800\ud800x", "\ufffd\ufffdx"),
        ("\udc00\ud800", "\ufffd\ufffd"),
        ("\ud83d\ude00", "😀"),
        ({"a\x00": 1}, {"a\ufffd": 1}),
        ([{"a": float("inf")}], [{"a": "inf"}]),
        (b"x", "[unserializable:bytes]"),
        (Decimal(1), "[unserializable:Decimal]"),
        ({"at": datetime(2026, 1, 2, tzinfo=UTC)}, {"at": "[unserializable:datetime]"}),
    ],
)
def test_what_cannot_be_carried_is_mended_and_said(value, safe):
    assert make_safe(value) == (safe, True)


@pytest.mark.parametrize(
    "value",
    [None, True, 0, MAX_SAFE_INTEGER, 1e21, -0.0, "é😀", [], {"a": [1, {"b": None}]}, "\ufeffa"],
)
def test_what_can_be_carried_is_left_as_it_is(value):
    assert make_safe(value) == (value, False)


def test_an_integer_of_any_length_becomes_its_decimal_text():
    assert make_safe({"n": 10**5000}) == ({"n": "1" + "0" * 5000}, True)


def test_a_tuple_is_a_list():
    assert make_safe((1, (2,))) == ([1, [2]], False)


def test_bottomless_values_are_cut_off_and_said():
    value: Any = "leaf"
    for _ in range(100_000):
        value = [value]
    safe, changed = make_safe(value)
    assert changed
    assert "leaf" not in canonical(safe)

"""No input costs more than its length. The ceilings are generous: they catch squares only."""

import time
from typing import Any

import pytest

from runtime_app.sanitizer import Profile

MIB = 1024 * 1024
STRING = 256 * 1024 - 1
UNITS = {
    "jwt heads": "ey" + "J",
    "jwt-like": "ey" + "JhbGciOiJIUzI1NiJ9.",
    "prefixes": "sk" + "-",
    "keys": "sk" + "-1" * 20 + " ",
    "names": "password=",
    "values": "password=1 ",
    "tokens": "token=",
    "parameters": "?token=",
    "code": "password=$1",
    "open quotes": 'password="',
    "escaped quotes": 'password=\\"',
    "cookies": "cookie: a=b; ",
    "phrases": "mnemonic: a b ",
    "private keys": "-----BEGIN PRIVATE" + " KEY-----\n",
    "bearers": "bearer ",
    "hosts": "http://a@b ",
    "mails": "a@b.c",
    "phones": "+1 2",
    "cards": "4111 ",
    "ibans": "DE89 ",
    "markers": "[redacted:a:k:",
    "escapes": "\\u0041\\n%3D",
    "words": "x",
}


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("unit", UNITS)
def test_a_mebibyte_of_it_is_done_in_time(sanitizer, unit, profile):
    text = (UNITS[unit] * (STRING // len(UNITS[unit]) + 1))[:STRING]
    one, two = (_fastest(sanitizer, [text] * count, profile) for count in (4, 8))
    assert one < 2.0
    assert two < 6 * one + 0.1


@pytest.mark.parametrize("unit", UNITS)
def test_a_longer_text_costs_in_proportion(sanitizer, unit):
    half, whole = (
        (UNITS[unit] * (size // len(UNITS[unit]) + 1))[:size] for size in (STRING // 2, STRING)
    )
    one, two = (_fastest(sanitizer, text, Profile.PRIVATE) for text in (half, whole))
    assert two < 6 * one + 0.05


def test_a_text_of_a_mebibyte_is_not_looked_through(sanitizer):
    assert sanitizer.text("a" * MIB).startswith(f"[oversize:{MIB}:")


def test_a_stream_of_it_is_done_in_time(sanitizer):
    for unit in UNITS.values():
        piece = (unit * (4096 // len(unit) + 1))[:4096]
        scanner, started_s = sanitizer.stream(), time.perf_counter()
        for _ in range(STRING // 4096):
            scanner.feed(piece)
        scanner.end()
        assert time.perf_counter() - started_s < 5.0, unit


def _fastest(sanitizer: Any, value: Any, profile: Profile) -> float:
    """Seconds of the faster of two tries."""
    times = []
    for _ in range(2):
        started_s = time.perf_counter()
        sanitizer.value(value, profile)
        times.append(time.perf_counter() - started_s)
    return min(times)

"""What it costs to look for secrets: the gate, whole values, and input made to be slow."""

import json
import time
from collections.abc import Callable
from typing import Any

from bench.harness import Figure, at_most, plain
from runtime_app.canonical import canonical
from runtime_app.sanitizer import Profile, PseudonymKeys, Sanitizer
from runtime_app.sanitizer.gate import may_hold

_SENTENCE = "It came back from the office unopened; id 123e4567-e89b-42d3-a456-426614174000. "
_STRING_BYTES = 256 * 1024 - 1
_HOSTILE = {
    "jwt heads": "ey" + "J",
    "prefixes": "sk" + "-",
    "plain words for passwords": "password=",
    "short tokens": "token=",
    "hits": "password=a1 ",
    "unclosed quotes": 'password=\\"',
}


def run() -> list[Figure]:
    """Clean payloads of three sizes, one with a secret, and 1 MiB of hostile strings and twice."""
    sanitizer = Sanitizer(PseudonymKeys.parse("k:" + "only for benches " * 3), _failed)
    figures = []
    for size, limit_us in ((200, 5), (19_000, 100), (64_000, 350)):
        payload = _payload(size)
        text = canonical(payload)
        gate_us = _best_us(lambda text=text: may_hold(text, Profile.SECRETS), 200)
        figures += [
            at_most("sanitizer", f"gate, {size} bytes", gate_us, "µs", limit_us),
            plain(
                "sanitizer",
                f"canonical(), clean, {size} bytes",
                _best_us(lambda t=text, p=payload: sanitizer.canonical(t, p), 50),
                "µs",
            ),
            plain(
                "sanitizer",
                f"value(), clean, {size} bytes",
                _best_us(lambda p=payload: sanitizer.value(p), 20),
                "µs",
            ),
        ]
    held = {"text": "password=hunter2 " + _SENTENCE, "step": 3}
    figures.append(
        plain(
            "sanitizer",
            "value(), one secret, 200 bytes",
            _best_us(lambda: sanitizer.value(held), 100),
            "µs",
        )
    )
    for name, unit in _HOSTILE.items():
        text = (unit * (_STRING_BYTES // len(unit) + 1))[:_STRING_BYTES]
        one, two = (
            _best_us(lambda value=[text] * count: sanitizer.value(value), 3) / 1000
            for count in (4, 8)
        )
        figures += [
            at_most("sanitizer", f"1 MiB of {name}", one, "ms", 60),
            at_most("sanitizer", f"2 MiB of {name}, as a multiple", two / one, "", 2.3),
        ]
    return figures


def _payload(size_bytes: int) -> dict[str, Any]:
    payload: dict[str, Any] = {"part_id": "p1.1.1", "usage": {"input_tokens": 3}, "items": []}
    while len(json.dumps(payload)) + len(_SENTENCE) < size_bytes:
        payload["items"].append({"n": len(payload["items"]), "text": _SENTENCE})
    return payload


def _best_us(work: Callable[[], object], tries: int) -> float:
    times = []
    for _ in range(tries):
        started_s = time.perf_counter()
        work()
        times.append(time.perf_counter() - started_s)
    return min(times) * 1e6


def _failed(profile: str) -> None:
    raise AssertionError(f"the sanitizer failed ({profile})")

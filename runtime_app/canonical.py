"""Canonical JSON (RFC 8785) and the one hashing rule.

What is hashed is the canonical text that is stored, never what a database type gives back for it.
Input comes in two kinds: `strict_loads` refuses what canonical JSON cannot carry, `make_safe`
mends it (for model and tool output, which nobody can be asked to send again).
"""

import hashlib
import json
import math
from decimal import Decimal
from typing import Any

import rfc8785

MAX_SAFE_INTEGER = 2**53 - 1
MAX_DEPTH = 32
MAX_KEYS = 10_000
MAX_STRING_BYTES = 262_144
REPLACEMENT = "\ufffd"
_MAX_SAFE_DEPTH = 100


class NotCanonical(ValueError):
    """The value cannot be carried by canonical JSON; `path` says where it stands."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path or 'body'}: {problem}")
        self.path = path
        self.problem = problem


def canonical(value: Any) -> str:
    """The RFC 8785 text of a JSON value.

    Raises:
        NotCanonical: an integer beyond ±(2^53 − 1), a NaN, an infinity or a non-JSON type.
    """
    try:
        return rfc8785.dumps(value).decode()
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise NotCanonical("", str(error)) from error


def sha256_hex(text: str) -> str:
    """Lower-case hex of SHA-256 over the UTF-8 bytes of `text`."""
    return hashlib.sha256(text.encode()).hexdigest()


def stable_hash(value: Any) -> str:
    """`sha256_hex` of the canonical text of `value`."""
    return sha256_hex(canonical(value))


def strict_loads(raw: bytes) -> Any:
    """Parse JSON that can be stored and hashed as it is.

    Raises:
        NotCanonical: not JSON, a duplicate key, an integer beyond ±(2^53 − 1), NaN or an infinity,
            `\\u0000`, a lone surrogate, more than 32 levels, more than 10,000 keys in all, a string
            or key of more than 256 KiB. `path` is dotted, e.g. `payload.a.0`.
    """
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise NotCanonical("", "must be UTF-8") from error
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_int=_given_integer)
    except NotCanonical:
        raise
    except RecursionError as error:
        raise NotCanonical("", "is nested too deeply") from error
    except ValueError as error:
        raise NotCanonical("", f"is not JSON ({error})") from error
    _Walk().refuse(value, "", 0)
    return value


def stored_loads(text: str) -> Any:
    """Parse canonical text so that `canonical` gives the very same text again.

    RFC 8785 writes 1e20 as 100000000000000000000. An integer beyond ±(2^53 − 1) is never stored,
    so what looks like one was a float.
    """
    return json.loads(text, parse_int=_stored_number)


def make_safe(value: Any) -> tuple[Any, bool]:
    """`value` with what canonical JSON cannot carry replaced, and whether anything was.

    Integers beyond ±(2^53 − 1), NaN and infinities become decimal text; `\\u0000` and lone
    surrogates become U+FFFD; a value that is not JSON becomes `[unserializable:Type]`, and what is
    nested more than 100 levels deep `[nested too deeply]`.
    """
    return _safe(value, 0)


def _safe(value: Any, depth: int) -> tuple[Any, bool]:
    if isinstance(value, str):
        mended = _mend(value)
        return mended, mended != value
    if value is None or isinstance(value, bool):
        return value, False
    if isinstance(value, int):
        return (value, False) if abs(value) <= MAX_SAFE_INTEGER else (str(Decimal(value)), True)
    if isinstance(value, float):
        return (value, False) if math.isfinite(value) else (str(value), True)
    if depth > _MAX_SAFE_DEPTH:
        return "[nested too deeply]", True
    if isinstance(value, list | tuple):
        items = [_safe(item, depth + 1) for item in value]
        return [item for item, _ in items], any(changed for _, changed in items)
    if isinstance(value, dict):
        pairs = [(_safe(str(key), depth), _safe(item, depth + 1)) for key, item in value.items()]
        return {key: item for (key, _), (item, _) in pairs}, any(a or b for (_, a), (_, b) in pairs)
    return f"[unserializable:{type(value).__name__}]", True


def _given_integer(text: str) -> int:
    """Its first 20 characters are enough to refuse it, and Python parses no more than 4300."""
    return int(text[:20])


def _stored_number(text: str) -> int | float:
    value = int(text)
    return value if abs(value) <= MAX_SAFE_INTEGER else float(text)


class _DuplicateKey:
    """Stands where an object with a duplicate key was, until its path is known."""

    def __init__(self, key: str) -> None:
        self.key = key


def _object(pairs: list[tuple[str, Any]]) -> Any:
    built = dict(pairs)
    if len(built) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                return _DuplicateKey(key)
            seen.add(key)
    return built


class _Walk:
    """Looks at every value once, and counts the keys."""

    def __init__(self) -> None:
        self._keys = 0

    def refuse(self, value: Any, path: str, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise NotCanonical(path, f"is nested more than {MAX_DEPTH} levels deep")
        if isinstance(value, str):
            _refuse_text(value, path)
        elif isinstance(value, bool) or value is None:
            return
        elif isinstance(value, int):
            if abs(value) > MAX_SAFE_INTEGER:
                raise NotCanonical(path, "is an integer beyond ±(2^53 − 1); send it as text")
        elif isinstance(value, float):
            if not math.isfinite(value):
                raise NotCanonical(path, "is not a finite number")
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self.refuse(item, f"{path}.{index}" if path else str(index), depth + 1)
        elif isinstance(value, dict):
            self._keys += len(value)
            if self._keys > MAX_KEYS:
                raise NotCanonical(path, f"brings the keys to more than {MAX_KEYS} in all")
            for key, item in value.items():
                inner = f"{path}.{key}" if path else key
                _refuse_text(key, inner)
                self.refuse(item, inner, depth + 1)
        elif isinstance(value, _DuplicateKey):
            raise NotCanonical(f"{path}.{value.key}" if path else value.key, "stands twice")


def _refuse_text(text: str, path: str) -> None:
    if "\x00" in text:
        raise NotCanonical(path, "contains \\u0000")
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        raise NotCanonical(path, "contains a lone surrogate")
    # No character has more than four bytes.
    if len(text) * 4 > MAX_STRING_BYTES and len(text.encode()) > MAX_STRING_BYTES:
        raise NotCanonical(path[:200], f"has more than {MAX_STRING_BYTES} bytes")


def _mend(text: str) -> str:
    if text.isascii():
        return text.replace("\x00", REPLACEMENT)
    return (
        text.replace("\x00", REPLACEMENT)
        .encode("utf-16", "surrogatepass")
        .decode("utf-16", "replace")
    )

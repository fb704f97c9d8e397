"""Secrets that are known by their own shape: provider prefixes, JWTs, private keys in PEM."""

import base64
import binascii
import json

from runtime_app.sanitizer.engine import compiled
from runtime_app.sanitizer.hit import Verdict, found
from runtime_app.sanitizer.prefixes import BODIES, BY_BEGINNING

_WORD = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")
_DIGIT = compiled("[0-9]")
_URLSAFE = compiled(r"[A-Za-z0-9_-]*")
_JWT_REST = compiled(r"(?:\.[A-Za-z0-9_-]*){1,4}")
_MAX_JWT_HEADER = 8192
_PRINTABLE = frozenset(range(0x20, 0x7F)) | frozenset(b"\t\r\n")
_BREAK = r"(?:\\+[nr]|\s)*"
_LINE = r"(?:[A-Z][A-Za-z-]+: [^\r\n\\]{1,80}|[A-Za-z0-9+/=]{16,})"
_PEM_LINES = compiled(rf"(?:{_BREAK}{_LINE})+(?:{_BREAK}[A-Za-z0-9+/]{{1,76}}={{0,2}})?")
_PEM_END = compiled(rf"{_BREAK}-----END [A-Z0-9 ]{{0,40}}-----")
_PEM_SO_FAR = compiled(
    rf"(?:{_BREAK}{_LINE})*{_BREAK}(?:[A-Z][A-Za-z-]*:? ?[^\r\n\\]{{0,80}}|[A-Za-z0-9+/]*={{0,2}})"
    rf"{_BREAK}\\?(?:-----END[A-Z0-9 ]{{0,40}}-{{0,5}}|-----EN|-----E|-{{1,5}})?"
)


def judge_prefix(data: bytes, start: int, end: int, final: bool) -> Verdict:
    """A provider's prefix from `start` to `end`: long enough, of its alphabet, alone."""
    row = BY_BEGINNING[data[start:end]]
    stop = BODIES[row.alphabet].match(data, end).end()
    if stop == len(data) and not final:
        return Verdict(stop, open_at=start)
    body_end = end + len(data[end:stop].rstrip(b".-/%"))
    length = body_end - end
    alone = stop == len(data) or data[stop] not in _WORD
    fits = alone and row.least <= length <= row.most
    if fits and (not row.digit or _DIGIT.search(data, end, body_end) is not None):
        return found(start, body_end, row.kind)
    return Verdict(stop)


def judge_jwt(data: bytes, start: int, end: int, final: bool) -> Verdict:
    """`eyJ…`: a JWT if its first part is JSON with `alg` and another part follows."""
    first_end = _URLSAFE.match(data, start).end()
    if not _may_be_json(data[start:first_end]):
        return Verdict(first_end)
    if first_end == len(data):
        return Verdict(first_end) if final else Verdict(first_end, open_at=start)
    rest = _JWT_REST.match(data, first_end)
    if rest is None or not _has_alg(data[start:first_end]):
        return Verdict(first_end)
    if rest.end() == len(data) and not final:
        return Verdict(rest.end(), open_at=start)
    stop = first_end + len(data[first_end : rest.end()].rstrip(b".-"))
    if stop - first_end < 2:
        return Verdict(first_end)
    unsigned = data[stop : stop + 1] == b"." and data.count(b".", start, stop) == 1
    return found(start, stop + unsigned, "jwt")


def judge_pem(data: bytes, start: int, end: int, final: bool) -> Verdict:
    """A private key from its BEGIN line to its END line, or as far as it goes."""
    lines = _PEM_LINES.match(data, end)
    closing = None if lines is None else _PEM_END.match(data, lines.end())
    if lines is not None and closing is not None:
        return found(start, closing.end(), "private_key")
    if not final and _PEM_SO_FAR.match(data, end).end() == len(data):
        return Verdict(end, open_at=start)
    return Verdict(end) if lines is None else found(start, lines.end(), "private_key")


def _may_be_json(part: bytes) -> bool:
    decoded = _decoded(part[:64])
    return all(byte in _PRINTABLE for byte in decoded)


def _has_alg(part: bytes) -> bool:
    if len(part) > _MAX_JWT_HEADER:
        return False
    try:
        header = json.loads(_decoded(part))
    except (ValueError, RecursionError):
        return False
    return isinstance(header, dict) and "alg" in header


def _decoded(part: bytes) -> bytes:
    whole = part[: len(part) - (len(part) % 4 == 1)]
    try:
        return base64.urlsafe_b64decode(whole + b"=" * (-len(whole) % 4))
    except binascii.Error:
        return b"\x00"

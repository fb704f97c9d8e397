"""E-mail addresses in text."""

from runtime_app.sanitizer.engine import compiled
from runtime_app.sanitizer.hit import Verdict, found
from runtime_app.sanitizer.listed import listed

SOURCE = r"@[A-Za-z0-9]"
_LOCAL = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._%+'-"
_MAX_LOCAL = 64
_DOMAIN = compiled(r"(?:[A-Za-z0-9-]{1,63}\.)+(?:[A-Za-z]{2,24}|xn--[A-Za-z0-9-]{2,59})")
_DOMAIN_RUN = compiled(r"[A-Za-z0-9.-]{0,255}")
_FILES = listed("png jpg jpeg gif svg webp ico js ts css py rb php json md txt html")


def judge(data: bytes, start: int, end: int, final: bool) -> Verdict:
    """An `@` with a letter or digit behind it, `start` to `end`: who stands before, and where."""
    before = data[max(0, start - _MAX_LOCAL) : start]
    local = before[len(before.rstrip(_LOCAL)) :].lstrip(b".'%+-")
    run = _DOMAIN_RUN.match(data, start + 1).end()
    if run == len(data) and not final and local:
        return Verdict(end, open_at=start - len(local))
    domain = _DOMAIN.fullmatch(data[start + 1 : run].rstrip(b".-"))
    if not local or local == b"git" or domain is None:
        return Verdict(start + 1)
    if domain.group().rpartition(b".")[2].decode().lower() in _FILES:
        return Verdict(start + 1)
    return found(start - len(local), start + 1 + domain.end(), "email")

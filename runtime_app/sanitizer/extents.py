"""How far the value reaches that stands after a name in text."""

from dataclasses import dataclass, replace
from typing import Any

from runtime_app.sanitizer.engine import compiled

_WINDOW = 4096
_RUN_WINDOW = 1024
_RUN = compiled(r"[^\s\",;&<>\\]*")
_PARAMETER = compiled(r"[^&#;\s\"'<>\\]*")
_OPENING = compiled(r"(\\{0,4})([\"'`])")
_QUOTED = {quote: compiled(rf"(?:[^{chr(quote)}\\\r\n]|\\[^\r\n])*") for quote in b"\"'`"}
_LINE = compiled(r"[^\r\n]*")
_COOKIES = compiled(r"[^=\s;,\"'\\\[]+=[^;\s\"'\\]+(?:; ?[^=;\s\"'\\]+(?:=[^;\r\n\"'\\]*)?)*")
_COOKIES_SO_FAR = compiled(
    r"[^=\s;,\"'\\\[]*(?:=[^;\s\"'\\]*(?:; ?[^=;\s\"'\\]*(?:=[^;\r\n\"'\\]*)?)*)?"
)
_PHRASE_SO_FAR = compiled(r"(?:[a-z]{1,8}[ ,]{0,2}){0,24}")
_PHRASE = compiled(r"[a-z]{3,8}(?:[ ,]{1,2}[a-z]{3,8}){11,23}")


@dataclass(frozen=True, slots=True)
class Extent:
    """A value: bytes `start` to `stop`.

    Args:
        certain: its form alone says that it is what the name promises.
        shut: a quote ends it.
        waits: it reaches the end of the text, so that more text might make it longer.
        cut: only its first part is given.
    """

    start: int
    stop: int
    certain: bool = False
    shut: bool = False
    waits: bool = False
    cut: bool = False


def parameter(data: bytes, start: int) -> Extent:
    """The value of a query parameter."""
    limit = start + _WINDOW
    stop = _PARAMETER.match(data, start, limit).end()
    return Extent(start, stop, waits=stop == len(data), cut=stop == limit < len(data))


def extent(data: bytes, start: int, name: str, final: bool) -> Extent:
    """The value of anything else: quoted, a list of cookies, a phrase, or up to the next space."""
    form, so_far = _form(name)
    value = _quoted(data, start)
    if value is None and form is not None:
        value = _whole(data, start, form, None if final else so_far)
    elif value is not None and form is _PHRASE:
        phrase = _PHRASE.fullmatch(data[value.start : value.stop]) is not None
        value = replace(value, certain=phrase)
    value = value or _run(data, start)
    if value.cut and not final:
        return replace(value, waits=run_end(data, value.start) == len(data))
    return value


def _form(name: str) -> tuple[Any, Any]:
    """The form that values of some names have, and how one looks that is not all there yet."""
    lowered = name.lower()
    if "cookie" in lowered:
        return _COOKIES, _COOKIES_SO_FAR
    if "phrase" in lowered or "mnemonic" in lowered:
        return _PHRASE, _PHRASE_SO_FAR
    return None, None


def _whole(data: bytes, start: int, form: Any, so_far: Any) -> Extent | None:
    waits = so_far is not None and so_far.match(data, start).end() == len(data)
    match = form.match(data, start)
    if match is not None:
        return Extent(start, match.end(), certain=True, waits=waits)
    return Extent(start, _run(data, start).stop, waits=True) if waits else None


def _quoted(data: bytes, start: int) -> Extent | None:
    opening = _OPENING.match(data, start)
    if opening is None:
        return None
    begin, slashes, quote = opening.end(), opening.group(1), opening.group(2)
    limit = begin + _WINDOW
    if slashes:
        line_end = _LINE.match(data, begin, limit).end()
        stop = data.find(slashes + quote, begin, line_end)
    else:
        line_end = stop = _QUOTED[quote[0]].match(data, begin, limit).end()
        if data[stop : stop + 1] != quote:
            stop = -1
    if stop >= 0:
        return Extent(begin, stop, shut=True)
    run = _run(data, begin)
    return Extent(begin, run.stop, waits=run.waits or (line_end == len(data) < limit))


def _run(data: bytes, start: int) -> Extent:
    limit = start + _RUN_WINDOW
    stop = _RUN.match(data, start, limit).end()
    trimmed = start + len(data[start:stop].rstrip(b")]}.:'`"))
    return Extent(start, trimmed, waits=stop == len(data), cut=stop == limit < len(data))


def run_end(data: bytes, start: int) -> int:
    """Where a run ends of which only the first KiB has been looked at."""
    return int(_RUN.match(data, start).end())

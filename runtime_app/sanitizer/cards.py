"""Numbers of payment cards in text."""

from runtime_app.sanitizer.edges import alone
from runtime_app.sanitizer.engine import compiled
from runtime_app.sanitizer.hit import Verdict, found

SOURCE = r"\b(?:[3-6][0-9]{3}|2[2-7][0-9]{2})[ -]?[0-9]{4}"
_RUN = compiled(r"[0-9]{1,19}(?:[ -][0-9]{1,19}){0,7}")
_ISSUED = compiled(
    r"4[0-9]{12}(?:[0-9]{3}){0,2}|(?:5[1-5][0-9]{2}|222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]"
    r"|2720)[0-9]{12}|3[47][0-9]{13}|6(?:011|5[0-9]{2}|4[4-9][0-9])[0-9]{12}"
    r"|3(?:0[0-5]|[68][0-9])[0-9]{11}|35(?:2[89]|[3-8][0-9])[0-9]{12}|62[0-9]{14,17}"
)


def judge(data: bytes, start: int, end: int, final: bool) -> Verdict:
    """Digits as cards have them: an issuer's range, its length, Luhn, alone."""
    run = _RUN.match(data, start).end()
    if not final and len(data) - run < 2:
        return Verdict(end, open_at=start)
    stops = [run, *(run - len(rest) for rest in _tails(data[start:run]))]
    for stop in stops:
        digits = data[start:stop].replace(b" ", b"").replace(b"-", b"")
        if _ISSUED.fullmatch(digits) and _luhn(digits) and alone(data, start, stop):
            return found(start, stop, "card")
    return Verdict(end)


def _tails(run: bytes) -> list[bytes]:
    """What may follow a card behind a space: the month of its expiry, a check number."""
    places = [place for place, byte in enumerate(run) if byte == 0x20]
    return [run[place:] for place in reversed(places[:6])]


def _luhn(digits: bytes) -> bool:
    total = 0
    for place, byte in enumerate(reversed(digits)):
        number = (byte - 0x30) * (1 + place % 2)
        total += number - 9 * (number > 9)
    return total % 10 == 0

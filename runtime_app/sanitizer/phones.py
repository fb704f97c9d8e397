"""Phone numbers in text: international, with a `+`."""

from runtime_app.sanitizer.edges import alone
from runtime_app.sanitizer.engine import compiled
from runtime_app.sanitizer.hit import Verdict, found

SOURCE = r"\+[1-9]"
_RUN = compiled(r"[0-9]+(?:[ .-]?(?:\([0-9]{1,4}\)|[0-9]+))*")


def judge(data: bytes, start: int, end: int, final: bool) -> Verdict:
    """A `+` and a digit: E.164, 8 to 15 digits, alone."""
    stop = _RUN.match(data, start + 1).end()
    if not final and len(data) - stop < 2:
        return Verdict(end, open_at=start)
    digits = sum(0x30 <= byte <= 0x39 for byte in data[start:stop])
    if alone(data, start, stop) and 8 <= digits <= 15:
        return found(start, stop, "phone")
    return Verdict(end)

"""What a value looks like, where its name alone does not decide. The first 512 bytes count."""

from runtime_app.sanitizer.engine import compiled
from runtime_app.sanitizer.marker import without_markers

_WINDOW = 512
_SAMPLE = 128  # bytes that show how often the case changes
_MAX_WORDS = 64  # of a sentence
_DIGIT = compiled("[0-9]")
_CLASSES = compiled(
    r"[^0-9A-Za-z]*(?:[0-9][^A-Za-z]*[A-Za-z]|[A-Z][^0-9a-z]*[0-9a-z]|[a-z][^0-9A-Z]*[0-9A-Z])"
)
_SPACE, _SYMBOL = compiled(r"\s"), compiled(r"[!@#$%^&*+/=~]")
_TURN = compiled(r"[a-z][A-Z]|[A-Z][a-z]")
_TIME = compiled(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]+(?:Z|[+-][0-9:]+)?)?")
_CODE = compiled(r"[$%{(<*\[]|[A-Za-z_][A-Za-z0-9_.]*[(\[]|[A-Za-z_]+(?:\.[A-Za-z_]+)+\z")
_CALL = compiled(r"[A-Za-z_][A-Za-z0-9_.]*[(\[]|[$%{(<*\[]")
_TYPE = compiled(
    r"(?i:&?(?:u?int|[iuf]|float|bytes?|varchar|char|string|str|bool|utf|sha|md|base|rfc)"
    r"[-_ ]?[0-9]{1,3})(?:[\s\])>|?;,].*)?"
)
_PROSE = compiled(r"[(\"']?(?:[A-Za-z\x80-\xff'-]+|[0-9]{1,4}(?:[.,][0-9]{1,2})?)[.,;:!?)%\"']*")


def like_token(value: bytes) -> bool:
    """At least 16 characters, no space, two of upper case, lower case and digits; not a time."""
    value = without_markers(value[:_WINDOW])
    if len(value) < 16 or _CLASSES.match(value) is None or not mixed(value):
        return False
    return not (_SPACE.search(value) or _TIME.fullmatch(value) or _CALL.match(value))


def like_secret(value: bytes) -> bool:
    """Whether a value that stands after a secret name in text is one, not a plain word or code.

    A digit makes it one, or 16 mixed characters. Code that fetches it, the name of a type and a
    sentence of words and small numbers are none.
    """
    value = without_markers(value[:_WINDOW])
    if not value or not mixed(value):
        return False
    if _CODE.match(value) or _TYPE.fullmatch(value):
        return False
    pieces = value.split(maxsplit=_MAX_WORDS)[:_MAX_WORDS]
    return len(pieces) < 2 or not all(_PROSE.fullmatch(piece) for piece in pieces)


def mixed(value: bytes) -> bool:
    """A digit, or 16 characters with symbols or with cases that change oftener than in names."""
    value = value[:_WINDOW]
    if _DIGIT.search(value):
        return True
    if len(value) < 16:
        return False
    beginning = value[:_SAMPLE]
    turns = sum(1 for _ in _TURN.finditer(beginning))
    return turns * 3 >= len(beginning) or _SYMBOL.search(value) is not None

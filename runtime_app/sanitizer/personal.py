"""Keys whose values identify a person."""

from functools import lru_cache

from runtime_app.sanitizer.listed import listed
from runtime_app.sanitizer.names import words

_KEYS = {
    "phone": listed("phone telephone mobile tel fax msisdn cellphone"),
    "personal": listed("street ssn birthdate dob postalcode postcode birthday"),
}
_PAIRS = {
    ("phone", "number"): "phone",
    ("mobile", "number"): "phone",
    ("postal", "code"): "personal",
    ("birth", "date"): "personal",
    ("of", "birth"): "personal",
}


@lru_cache(maxsize=4096)
def _kind(name: str) -> str | None:
    parts = words(name)
    if not parts:
        return None
    for kind, known in _KEYS.items():
        if parts[-1] in known or parts[-1].removesuffix("s") in known:
            return kind
    return _PAIRS.get((parts[-2], parts[-1])) if len(parts) > 1 else None


def personal_key(name: str) -> str | None:
    """The kind of identifier that a key names, or None."""
    return _kind(name[-128:])

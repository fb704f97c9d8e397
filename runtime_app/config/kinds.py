"""What a setting may say: a kind reads its text, or raises ValueError with the remedy."""

import re
from collections.abc import Callable


def text(text: str) -> str:
    """Any text."""
    return text


def flag(text: str) -> bool:
    """on or off."""
    values = {"1": True, "true": True, "on": True, "0": False, "false": False, "off": False}
    try:
        return values[text.lower()]
    except KeyError:
        raise ValueError("must be on or off") from None


def whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number within bounds."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return read


def seconds(low: float, high: float) -> Callable[[str], float]:
    """Seconds within bounds."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise ValueError(f"must be seconds, from {low:g} to {high:g}")
        return value

    return read


def postgres(text: str) -> str:
    """A URL of Postgres."""
    if not text.startswith(("postgresql://", "postgres://")):
        raise ValueError("must be a postgresql:// URL")
    return text


def http(text: str) -> str:
    """A URL of HTTP."""
    if not text.startswith(("http://", "https://")):
        raise ValueError("must be an http:// or https:// URL")
    return text


def https(text: str) -> str:
    """A URL of HTTPS."""
    if not re.fullmatch(r"https://[\w.:-]+(/\S*)?", text):
        raise ValueError("must be an https:// URL")
    return text


def redis(text: str) -> str:
    """A URL of Redis."""
    if not text.startswith(("redis://", "rediss://")):
        raise ValueError("must be a redis:// or rediss:// URL")
    return text


def artifacts(text: str) -> str:
    """A URL of a place for files; a folder by its absolute path."""
    if not re.fullmatch(r"file:///\S+|(?!file:)[a-z][a-z0-9+.-]*://\S+", text):
        raise ValueError("must be file:///folder or another URL that fsspec reads")
    return text


def login(text: str) -> str:
    """A URL of Postgres that says who and by which password."""
    if not re.fullmatch(r"\w+://[^:/@]+:[^/@]+@.+", postgres(text)):
        raise ValueError("must be a postgresql:// URL with user and password")
    return text


def operator(text: str) -> str:
    """The name of a person."""
    if not re.fullmatch(r"[\w.@+-]{1,100}", text):
        raise ValueError("must be a name of 1 to 100 letters, digits and . _ @ + -")
    return text


def level(text: str) -> str:
    """The least of what is logged."""
    if text.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
    return text.upper()


def names(text: str) -> tuple[str, ...]:
    """Names, comma separated, each once."""
    found = tuple(each.strip() for each in text.split(",") if each.strip())
    if len(set(found)) != len(found) or not all(re.fullmatch(r"[\w.-]+", each) for each in found):
        raise ValueError("must be names with commas between them, each once")
    return found

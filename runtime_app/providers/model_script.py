"""A script named in a model id: `tokens?n=200&delay_ms=50`.

The table below is the whole vocabulary: each script's parameters with their defaults and bounds.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from runtime_app.providers.errors import ProviderError
from runtime_app.providers.outcome import FAILURES, Outcome


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number with its default, within bounds that include both ends."""

    default: int
    least: int
    most: int

    def read(self, text: str) -> int:
        """Raises: ValueError, saying what was expected."""
        if not (text.isascii() and text.isdecimal() and self.least <= int(text) <= self.most):
            raise ValueError(f"expected a whole number {self.least}..{self.most}")
        return int(text)


@dataclass(frozen=True, slots=True)
class OneOf:
    """A word from a table, with its default."""

    default: str
    words: tuple[str, ...]

    def read(self, text: str) -> str:
        """Raises: ValueError, saying what was expected."""
        if text not in self.words:
            raise ValueError(f"expected one of {', '.join(self.words)}")
        return text


@dataclass(frozen=True, slots=True)
class Name:
    """The name of something, with its default: 1 to 64 letters, digits, `.`, `_` or `-`."""

    default: str

    def read(self, text: str) -> str:
        """Raises: ValueError, saying what was expected."""
        if re.fullmatch(r"[A-Za-z0-9._-]{1,64}", text) is None:
            raise ValueError("expected a name")
        return text


@dataclass(frozen=True, slots=True)
class Names:
    """Up to 8 names with commas between; none, unless given."""

    default: str = ""

    def read(self, text: str) -> str:
        """Raises: ValueError, saying what was expected."""
        if re.fullmatch(r"[A-Za-z0-9._-]{1,64}(,[A-Za-z0-9._-]{1,64}){0,7}", text) is None:
            raise ValueError("expected up to 8 names with commas between")
        return text


def _delay_ms(default: int = 0) -> Whole:
    return Whole(default, 0, 60_000)


#: Providers that a script may play the part of, each with a breaker of its own.
PARTS = ("alpha", "beta", "gamma", "delta", "epsilon")

_SCRIPTS: Mapping[str, Mapping[str, Whole | OneOf | Name | Names]] = {
    "demo": {"delay_ms": _delay_ms(20)},
    "echo": {"delay_ms": _delay_ms()},
    "tokens": {
        "n": Whole(200, 0, 100_000),
        "delay_ms": _delay_ms(0),
        "bytes": Whole(20, 1, 65_536),
    },
    "tools": {
        "calls": Whole(3, 1, 200),
        "parallel": Whole(1, 0, 200),
        "asks": OneOf("time", ("time", "new", "same", "two", "poll", "wrong")),
        "delay_ms": _delay_ms(),
    },
    "call": {"tool": Name("clock"), "also": Names(), "delay_ms": _delay_ms()},
    "fail": {
        "after": Whole(5, 0, 100_000),
        "error": OneOf("provider_fault", tuple(FAILURES)),
        "delay_ms": _delay_ms(),
    },
    "stall": {"after": Whole(5, 0, 100_000), "delay_ms": _delay_ms()},
    "think": {"delay_ms": _delay_ms()},
    "refuse": {"delay_ms": _delay_ms()},
    "json": {"fit": Whole(1, 0, 1)},
    "throttle": {"retry_after": Whole(1, 0, 120)},
}
SCRIPTS: Mapping[str, Mapping[str, Whole | OneOf | Name | Names]] = {
    name: {**parameters, "as": OneOf("", PARTS)} for name, parameters in _SCRIPTS.items()
}


@dataclass(frozen=True, slots=True)
class Script:
    """A script and its parameters, every one present and within its bounds."""

    name: str
    numbers: Mapping[str, int]
    words: Mapping[str, str]


def part_played(model: str) -> str:
    """The part that the script says it plays; empty where it plays none, or is no script."""
    part = dict(parse_qsl(model.partition("?")[2])).get("as", "")
    return part if part in PARTS else ""


def parse_script(model: str) -> Script:
    """Read a model name as a script.

    Raises:
        ProviderError: caller_fault; names the unknown script, or the parameter that is unknown,
            repeated or out of bounds.
    """
    name, _, query = model.partition("?")
    if name not in SCRIPTS:
        raise ProviderError(
            Outcome.CALLER_FAULT,
            f"expected one of the scripts {', '.join(SCRIPTS)}; found {name!r}",
        )
    parameters = SCRIPTS[name]
    given = parse_qsl(query, keep_blank_values=True)
    values: dict[str, int | str] = {}
    for key, text in given:
        if key not in parameters:
            raise ProviderError(
                Outcome.CALLER_FAULT,
                f"{name}: expected the parameters {', '.join(parameters)}; found {key!r}",
            )
        if key in values:
            raise ProviderError(Outcome.CALLER_FAULT, f"{name}: {key} is given twice")
        try:
            values[key] = parameters[key].read(text)
        except ValueError as error:
            raise ProviderError(
                Outcome.CALLER_FAULT, f"{name}: {key}: {error}, found {text!r}"
            ) from error
    filled = {key: values.get(key, kind.default) for key, kind in parameters.items()}
    return Script(
        name,
        {key: value for key, value in filled.items() if isinstance(value, int)},
        {key: value for key, value in filled.items() if isinstance(value, str)},
    )

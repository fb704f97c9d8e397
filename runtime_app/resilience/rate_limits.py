"""How much of a provider this deployment may use in a minute, as the settings say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Requests and tokens a minute; None: as many as one likes. Not both are None."""

    requests_per_min: int | None
    tokens_per_min: int | None

    def as_row(self) -> str:
        """The limits as Postgres reads a row."""
        limits = (self.requests_per_min, self.tokens_per_min)
        return f"({','.join('' if limit is None else str(limit) for limit in limits)})"


@dataclass(frozen=True, slots=True)
class RateTable:
    """The limits of each provider that has some, by name."""

    rows: Mapping[str, RateLimits] = field(default_factory=dict)

    @classmethod
    def parse(cls, text: str) -> Self:
        """`openai=500/200000,anthropic=50/-`: requests and tokens a minute.

        Raises:
            ValueError: with the remedy.
        """
        rows: dict[str, RateLimits] = {}
        for row in filter(None, (row.strip() for row in text.split(","))):
            provider, found, limits = row.partition("=")
            requests, slash, tokens = limits.partition("/")
            given = RateLimits(_limit(requests), _limit(tokens)) if found and slash else None
            if not provider.strip() or given is None or given == RateLimits(None, None):
                raise ValueError(
                    "must be provider=requests/tokens a minute, with - for one without a limit"
                )
            if provider.strip() in rows:
                raise ValueError(f"has two rows for {provider.strip()}")
            rows[provider.strip()] = given
        return cls(rows)

    def of(self, provider: str) -> RateLimits | None:
        """What holds for a provider; None: no limit."""
        return self.rows.get(provider)


UNLIMITED = RateTable()


def _limit(text: str) -> int | None:
    text = text.strip()
    if text == "-":
        return None
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 10**9):
        raise ValueError(
            f"must have whole numbers from 1 to 1000000000 as limits, or -; not {text!r}"
        )
    return int(text)

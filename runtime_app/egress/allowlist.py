"""Which hosts may be asked: names, and `*.` for everything below a name. Pure."""

from dataclasses import dataclass

from runtime_app.egress.hosts import read_host
from runtime_app.egress.refusal import EgressRefused


@dataclass(frozen=True, slots=True)
class Allowlist:
    """Hosts in their normal form; empty allows none."""

    patterns: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Allowlist":
        """Read `api.example.com, *.example.org`.

        `*.example.org` is every name below example.org and not example.org itself.

        Raises:
            ValueError: a pattern that is none, with the remedy.
        """
        return cls(tuple(_pattern(item.strip()) for item in text.split(",") if item.strip()))

    def allows(self, host: str) -> bool:
        """Whether a host, in its normal form, is on the list."""
        return any(
            host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern
            for pattern in self.patterns
        )


NO_HOST = Allowlist()


def _pattern(text: str) -> str:
    below = text.startswith("*.")
    try:
        host, address = read_host(text[2:] if below else text)
    except EgressRefused as error:
        raise ValueError(f"must be names like api.example.com or *.example.com ({error})") from None
    if below and address is not None:
        raise ValueError("must not have *. before an address")
    return f"*.{host}" if below else host

"""What every sink passes through."""

from collections.abc import Callable, Iterable
from typing import Any

import re2

from runtime_app.sanitizer.echo import EchoFilter
from runtime_app.sanitizer.keys import PseudonymKeys
from runtime_app.sanitizer.marker import MARKER, marker
from runtime_app.sanitizer.profile import Profile
from runtime_app.sanitizer.scanner import Scanner
from runtime_app.sanitizer.structure import Structure

_NAMES = re2.compile(
    r"(?i)(password|passwd|passphrase|secret|credentials?|cookie|authorization|api_key|access_token|preimage|macaroon)$"
)
_SHAPES = re2.compile(
    r"\bsk-[A-Za-z0-9_-]{20,}|\bgh[pousr]_[A-Za-z0-9]{30,}|\bAKIA[A-Z0-9]{16}\b"
    r"|\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{2,}\.[A-Za-z0-9_-]*"
)


class Sanitizer:
    """Takes credentials (and, by profile, direct identifiers) out of what is kept or shown."""

    RULES = "oa.sanitizer.v1"

    def __init__(self, keys: PseudonymKeys, on_failure: Callable[[str], None]) -> None:
        self._keys = keys
        self._on_failure = on_failure
        self.stamp = f"{self.RULES}/{keys.current.key_id}"

    @property
    def keys(self) -> PseudonymKeys:
        """The keys; what else is pseudonymous under them is compared with them."""
        return self._keys

    def value(
        self, value: Any, profile: Profile = Profile.SECRETS, structure: Structure | None = None
    ) -> Any:
        """A JSON value without secrets; the same object when nothing changed."""
        if isinstance(value, str):
            return self.text(value, profile)
        if isinstance(value, list):
            items = [self.value(item, profile) for item in value]
            return value if all(a is b for a, b in zip(items, value, strict=True)) else items
        if isinstance(value, dict):
            pairs = {
                self.text(key, profile): self._leaf(item)
                if _NAMES.search(key)
                else self.value(item, profile)
                for key, item in value.items()
            }
            return value if pairs == value else pairs
        return value

    def canonical(
        self,
        text: str,
        value: Any,
        profile: Profile = Profile.SECRETS,
        structure: Structure | None = None,
    ) -> str:
        """The canonical text of the sanitized value."""
        from runtime_app.canonical import canonical

        clean = self.value(value, profile, structure)
        return text if clean is value else canonical(clean)

    def text(self, text: str, profile: Profile = Profile.SECRETS) -> str:
        """`text` without secrets."""
        found = list(_SHAPES.finditer(text))
        for match in reversed(found):
            text = (
                text[: match.start()]
                + marker(self._keys.current, "key", match.group())
                + text[match.end() :]
            )
        return text

    def headers(self, headers: Any, profile: Profile = Profile.SECRETS) -> Any:
        """Headers, in whatever form, without secrets."""
        return self.value(headers, profile)

    def url(self, url: str, profile: Profile = Profile.SECRETS) -> str:
        """A URL without secrets."""
        return self.text(url, profile)

    def stream(self, profile: Profile = Profile.SECRETS) -> Scanner:
        """A scanner for one part."""
        return Scanner(lambda text: self.text(text, profile))

    def echo_filter(self, secrets: Iterable[str]) -> EchoFilter:
        """A filter for what comes back from a call that used `secrets`."""
        return EchoFilter(self._keys.current, secrets)

    def holds_credential(self, identifier: str) -> bool:
        """Whether a client's identifier contains a credential."""
        return self.text(identifier) != identifier

    def _leaf(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._leaf(item) for item in value]
        if isinstance(value, dict):
            return {key: self._leaf(item) for key, item in value.items()}
        if isinstance(value, str) and MARKER.fullmatch(value):
            return value
        return value if value is None else marker(self._keys.current, "secret", str(value))

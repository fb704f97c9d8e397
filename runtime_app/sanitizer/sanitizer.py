"""What every sink passes through."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from runtime_app.canonical import canonical
from runtime_app.sanitizer.echo import EchoFilter
from runtime_app.sanitizer.engine import raw
from runtime_app.sanitizer.finder import find
from runtime_app.sanitizer.gate import may_hold
from runtime_app.sanitizer.header_forms import clean_headers
from runtime_app.sanitizer.keys import PseudonymKeys
from runtime_app.sanitizer.limits import (
    DROPPED,
    Budget,
    TooManyNodes,
    oversize_value,
    within_bounds,
)
from runtime_app.sanitizer.looks import like_token
from runtime_app.sanitizer.profile import Profile
from runtime_app.sanitizer.redaction import redact
from runtime_app.sanitizer.scanner import Scanner
from runtime_app.sanitizer.structure import Structure
from runtime_app.sanitizer.url_forms import clean_url
from runtime_app.sanitizer.walk import Walk


class Sanitizer:
    """Takes credentials (and, by profile, direct identifiers of people) out of what is kept.

    No method raises. Where the sanitizer itself fails, the content is dropped for `[unsanitized]`
    and `on_failure` hears the profile's name.

    Args:
        keys: markers are made with the first.
        on_failure: counts and alerts.
    """

    RULES = "oa.sanitizer.v1"

    def __init__(self, keys: PseudonymKeys, on_failure: Callable[[str], None]) -> None:
        self._keys = keys
        self._key = keys.current
        self._on_failure = on_failure
        #: The rules and the key's letter, to be stored with what was sanitized.
        self.stamp = f"{self.RULES}/{self._key.key_id}"

    @property
    def keys(self) -> PseudonymKeys:
        """The keys; what else is pseudonymous under them is compared with them."""
        return self._keys

    def value(
        self, value: Any, profile: Profile = Profile.SECRETS, structure: Structure | None = None
    ) -> Any:
        """A JSON value without secrets, its keys included; the same object when nothing changed.

        Args:
            structure: fields to leave alone where they hold what they promise.
        """
        return self._safely(profile, lambda: self._value(value, profile, structure))

    def canonical(
        self,
        text: str,
        value: Any,
        profile: Profile = Profile.SECRETS,
        structure: Structure | None = None,
    ) -> str:
        """The canonical text of `value` without secrets; `text`, its canonical text, as it is when
        there are none.
        """

        def clean() -> str:
            if within_bounds(text, value) and not may_hold(text, profile):
                return text
            made = self._walked(value, profile, structure)
            return text if made is value else canonical(made)

        made = self._safely(profile, clean)
        return canonical(DROPPED) if made is DROPPED else made

    def text(self, text: str, profile: Profile = Profile.SECRETS) -> str:
        """A text without secrets; of more than 256 KiB only its length and hash are left."""
        return self._safely(profile, lambda: redact(text, profile, self._key))

    def headers(self, headers: Any, profile: Profile = Profile.SECRETS) -> Any:
        """Headers without secrets: a map, a list of pairs or of `{name, value}`, or raw text."""
        return self._safely(profile, lambda: clean_headers(headers, profile, self._key))

    def url(self, url: str, profile: Profile = Profile.SECRETS) -> str:
        """A URL, absolute or not, without secrets; its path and other parameters stay."""
        return self._safely(profile, lambda: clean_url(url, profile, self._key))

    def stream(self, profile: Profile = Profile.SECRETS) -> Scanner:
        """A scanner for one text that comes in pieces."""
        return Scanner(self._key, profile, lambda: self._on_failure(profile.value))

    def echo_filter(self, secrets: Iterable[str]) -> EchoFilter:
        """A filter for what comes back from a call in which `secrets` were used."""
        return EchoFilter(self._key, secrets)

    def holds_credential(self, identifier: str) -> bool:
        """Whether a client's identifier contains a credential; True when that cannot be told."""
        return self._safely(Profile.SECRETS, lambda: _holds_credential(identifier)) is not False

    def _value(self, value: Any, profile: Profile, structure: Structure | None) -> Any:
        if isinstance(value, str):
            return redact(value, profile, self._key)
        try:
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        except (TypeError, ValueError, RecursionError):  # no JSON, or bottomless: the walk mends it
            return self._walked(value, profile, structure)
        if within_bounds(text, value) and not may_hold(text, profile):
            return value
        return self._walked(value, profile, structure)

    def _walked(self, value: Any, profile: Profile, structure: Structure | None) -> Any:
        try:
            return Walk(self._key, profile, structure).root(value)
        except TooManyNodes:
            return oversize_value(value)

    def _safely(self, profile: Profile, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except Exception:  # noqa: BLE001 - what could not be sanitized is dropped, and counted
            self._on_failure(profile.value)
            return DROPPED


def _holds_credential(identifier: str) -> bool:
    data = raw(identifier)
    return any(
        hit.kind != "secret" or like_token(data[hit.start : hit.end])
        for hit in find(data, Profile.SECRETS, Budget()).hits
    )

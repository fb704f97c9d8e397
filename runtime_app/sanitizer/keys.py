"""The keys that pseudonyms are made with: the current one first, then those going out."""

import hashlib
import hmac
import re
from dataclasses import dataclass

_KEY_ID = re.compile(r"[a-z]")
MIN_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class PseudonymKey:
    """A secret under one lower-case letter. The secret never prints."""

    key_id: str
    secret: bytes

    def __repr__(self) -> str:
        return f"PseudonymKey({self.key_id!r}, ***)"


@dataclass(frozen=True, slots=True)
class PseudonymKeys:
    """One or more keys; the first makes, all can be compared with."""

    keys: tuple[PseudonymKey, ...]

    @classmethod
    def parse(cls, text: str) -> "PseudonymKeys":
        """Read `k:secret,j:secret`.

        Raises:
            ValueError: no key, an id that is not one lower-case letter or stands twice, a secret of
                fewer than 32 bytes. An item that is not letter:secret is not quoted: it may be a
                secret.
        """
        items = [item.strip() for item in text.split(",") if item.strip()]
        keys = tuple(_key(place, item) for place, item in enumerate(items, 1))
        if not keys:
            raise ValueError("names no key; give letter:secret, the current key first")
        if len({key.key_id for key in keys}) != len(keys):
            raise ValueError("names a key letter twice; give each key a letter of its own")
        return cls(keys)

    @property
    def current(self) -> PseudonymKey:
        """The key that markers and new macs are made with."""
        return self.keys[0]

    def mac(self, content: bytes) -> str:
        """`k:<hex>`: HMAC-SHA256 of `content` under the current key, and its letter."""
        return _mac(self.current, content)

    def matches(self, mac: str, content: bytes) -> bool:
        """Whether `mac` was made of `content`, by the key it names; False for an unknown key."""
        for key in self.keys:
            if mac.startswith(f"{key.key_id}:"):
                return hmac.compare_digest(mac.encode(), _mac(key, content).encode())
        return False


def _mac(key: PseudonymKey, content: bytes) -> str:
    return f"{key.key_id}:{hmac.digest(key.secret, content, hashlib.sha256).hex()}"


def _key(place: int, item: str) -> PseudonymKey:
    key_id, colon, secret = item.partition(":")
    if not colon or not _KEY_ID.fullmatch(key_id):
        raise ValueError(f"key {place} is not letter:secret with one letter of a-z")
    if len(secret.encode()) < MIN_SECRET_BYTES:
        raise ValueError(
            f"the secret of {key_id!r} has fewer than {MIN_SECRET_BYTES} bytes; "
            "make one with: openssl rand -hex 32"
        )
    return PseudonymKey(key_id, secret.encode())

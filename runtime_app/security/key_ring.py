"""The signing keys that this service believes: the current one first, then those going out."""

import re
from dataclasses import dataclass

_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
MIN_SECRET_BYTES = 16


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A shared secret under a name. The secret never prints."""

    key_id: str
    secret: bytes

    def __repr__(self) -> str:
        return f"SigningKey({self.key_id!r}, ***)"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """One or more keys; the first signs, all are believed."""

    keys: tuple[SigningKey, ...]

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """Read `id:secret,id:secret`.

        Raises:
            ValueError: no key, a bad or doubled id, a secret of fewer than 16 bytes. An
                item that is not id:secret is not quoted: it may be a secret.
        """
        items = [item.strip() for item in text.split(",") if item.strip()]
        keys = tuple(_key(place, item) for place, item in enumerate(items, 1))
        if not keys:
            raise ValueError("names no key; give id:secret, the current key first")
        if len({key.key_id for key in keys}) != len(keys):
            raise ValueError("names a key id twice")
        return cls(keys)

    def candidates(self, key_id: str | None) -> tuple[SigningKey, ...]:
        """The keys that a token may be signed with: the named one, or all."""
        if key_id is None:
            return self.keys
        return tuple(key for key in self.keys if key.key_id == key_id)


def _key(place: int, item: str) -> SigningKey:
    key_id, colon, secret = item.partition(":")
    if not colon or not _KEY_ID.fullmatch(key_id):
        raise ValueError(f"key {place} is not id:secret with an id of 1 to 64 of A-Z a-z 0-9 . _ -")
    if len(secret.encode()) < MIN_SECRET_BYTES:
        raise ValueError(f"the secret of {key_id!r} has fewer than {MIN_SECRET_BYTES} bytes")
    return SigningKey(key_id, secret.encode())

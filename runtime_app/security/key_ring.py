"""The signing keys that this service believes: the current one first, then those going out."""

import re
from dataclasses import dataclass

_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
#: 128 bits, if they are random.
MIN_SECRET_BYTES = 16
#: What `oa-runtime keys rotate` makes; `doctor` remarks on less.
ADVISED_SECRET_BYTES = 32

#: What a key may let an operator do; a token asks for some of what its key grants.
SCOPES = frozenset(
    {"ds:read", "ds:write", "ops:read", "ops:act", "shadow:read", "shadow:write", "spend:issue"}
)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A shared secret under a name. The secret never prints.

    Args:
        scopes: those of `SCOPES` that the key grants to operator tokens; most keys grant none.
    """

    key_id: str
    secret: bytes
    scopes: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"SigningKey({self.key_id!r}, ***)"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """One or more keys; the first signs, all are believed."""

    keys: tuple[SigningKey, ...]

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """Read `id:secret[:scopes]`, comma separated; scopes stand between `+` or spaces.

        Raises:
            ValueError: no key, a bad or doubled id, a secret of fewer than 16 bytes, an unknown
                scope. Nothing of an item but its id is quoted: it may be a secret.
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

    def key(self, key_id: str) -> SigningKey:
        """The key of that id.

        Raises:
            KeyError: there is none.
        """
        try:
            return self.candidates(key_id)[0]
        except IndexError:
            raise KeyError(key_id) from None

    def slot(self, key: SigningKey) -> str:
        """`current` for the first of the keys that grant the same scopes, else `previous`.

        Keys of operators so have a current one of their own, and are rotated alone.
        """
        first = next(other for other in self.keys if other.scopes == key.scopes)
        return "current" if first.key_id == key.key_id else "previous"


def _key(place: int, item: str) -> SigningKey:
    key_id, colon, rest = item.partition(":")
    if not colon or not _KEY_ID.fullmatch(key_id):
        raise ValueError(f"key {place} is not id:secret with an id of 1 to 64 of A-Z a-z 0-9 . _ -")
    secret, colon, listed = rest.partition(":")
    if len(secret.encode()) < MIN_SECRET_BYTES:
        raise ValueError(f"the secret of {key_id!r} has fewer than {MIN_SECRET_BYTES} bytes")
    scopes = frozenset(re.split(r"[+ ]+", listed.strip(" "))) if colon else frozenset()
    if not scopes <= SCOPES:
        raise ValueError(
            f"what follows the secret of {key_id!r} must be scopes, with + between them, "
            f"of {', '.join(sorted(SCOPES))}; a secret holds no colon"
        )
    return SigningKey(key_id, secret.encode(), scopes)

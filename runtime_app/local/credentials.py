"""The secrets of a home: made once, kept, never shown."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from runtime_app.local import private_json
from runtime_app.local.errors import StackError
from runtime_app.local.home import Home
from runtime_app.security.key_ring import SCOPES

SIGNING_KEY_ID = "local"
SANITIZER_KEY_ID = "l"
ANCHOR_KEY_ID = "local"
FLOWER_USER = "operator"


@dataclass(frozen=True, repr=False)
class Credentials:
    """One secret per door, 128 to 256 random bits each, safe inside a URL.

    Args:
        signing_key: signs and verifies callers' tokens while no key ring is given.
        sanitizer_key: makes the stand-ins for secrets while no keys for them are given.
        anchor_key: signs anchors while no keys for them are given.
        flower_cookie_secret: signs the cookies of Flower.
        database_password: of the schema's owner; `database_app_password` of the processes' login.
    """

    signing_key: str
    sanitizer_key: str
    anchor_key: str
    database_password: str
    database_app_password: str
    broker_password: str
    flower_password: str
    flower_cookie_secret: str

    def __repr__(self) -> str:
        return "Credentials(***)"


def load_or_make(home: Home) -> Credentials:
    """The home's credentials.

    Raises:
        StackError: the file is damaged.
    Effects: makes `{home}/secrets.json` (0600) where it is missing, and in it what a home of an
    earlier release does not have yet.
    """
    try:
        content = private_json.read(home.secrets)
        if content is not None:
            return _completed(home, content)
    except (ValueError, KeyError) as damage:
        raise StackError(
            f"{home.secrets} cannot be read ({damage})",
            f"Restore it, or remove {home.path} to begin anew: that removes its data too.",
        ) from damage
    made = Credentials(
        signing_key=secrets.token_urlsafe(32),
        sanitizer_key=_hashing_key(),
        anchor_key=_hashing_key(),
        database_password=_password(),
        database_app_password=_password(),
        broker_password=_password(),
        flower_password=secrets.token_hex(8),
        flower_cookie_secret=_hashing_key(),
    )
    private_json.write(home.secrets, asdict(made))
    return made


def _hashing_key() -> str:
    return secrets.token_hex(32)


def _password() -> str:
    return secrets.token_hex(16)


#: What homes of earlier releases lack, and how it is made.
_ADDED: Mapping[str, Callable[[], str]] = {
    "sanitizer_key": _hashing_key,
    "anchor_key": _hashing_key,
    "database_app_password": _password,
    "flower_cookie_secret": _hashing_key,
}


def _completed(home: Home, content: dict[str, Any]) -> Credentials:
    added = {name: make() for name, make in _ADDED.items() if name not in content}
    whole = {field.name: {**content, **added}[field.name] for field in fields(Credentials)}
    if added:
        private_json.write(home.secrets, whole)
    return Credentials(**whole)


def own_ring(credentials: Credentials) -> str:
    """The key ring of a home that was given none; whoever runs a stack of their own operates it."""
    return f"{SIGNING_KEY_ID}:{credentials.signing_key}:{'+'.join(sorted(SCOPES))}"


def first_key(signing_keys: str) -> tuple[str, str]:
    """Id and secret of the current key of a ring spelled `id:secret[:scopes]`, comma separated.

    >>> first_key("new:abc:ops:read,old:def")
    ('new', 'abc')
    """
    first = next(item for item in signing_keys.split(",") if item.strip())
    key_id, _, rest = first.strip().partition(":")
    return key_id, rest.partition(":")[0]

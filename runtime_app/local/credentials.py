"""The secrets of a home: made once, kept, never shown."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from runtime_app.local import private_json
from runtime_app.local.errors import StackError
from runtime_app.local.home import Home
from runtime_app.security.key_ring import SCOPES

SIGNING_KEY_ID = "local"
FLOWER_USER = "operator"


@dataclass(frozen=True, repr=False)
class Credentials:
    """One secret per door, 128 to 256 random bits each, safe inside a URL.

    Args:
        signing_key: signs and verifies callers' tokens while no key ring is given.
        database_password: of the schema's owner; `database_app_password` of the processes' login.
    """

    signing_key: str
    database_password: str
    database_app_password: str
    broker_password: str
    flower_password: str

    def __repr__(self) -> str:
        return "Credentials(***)"


def load_or_make(home: Home) -> Credentials:
    """The home's credentials.

    Raises:
        StackError: the file is damaged.
    Effects: makes `{home}/secrets.json` (0600) where it is missing, and adds what an earlier
        release did not know.
    """
    try:
        content = private_json.read(home.secrets)
        if content is not None:
            found = {**_added_since(content), **content}
            kept = Credentials(**{field.name: found[field.name] for field in fields(Credentials)})
            if found != content:
                private_json.write(home.secrets, found)
            return kept
    except (ValueError, KeyError) as damage:
        raise StackError(
            f"{home.secrets} cannot be read ({damage})",
            f"Restore it, or remove {home.path} to begin anew: that removes its data too.",
        ) from damage
    made = Credentials(
        signing_key=secrets.token_urlsafe(32),
        database_password=secrets.token_hex(16),
        database_app_password=secrets.token_hex(16),
        broker_password=secrets.token_hex(16),
        flower_password=secrets.token_hex(8),
    )
    private_json.write(home.secrets, asdict(made))
    return made


def _added_since(content: Mapping[str, str]) -> dict[str, str]:
    """Fresh secrets for the doors that a whole file of an earlier release lacks."""
    added = {"database_app_password": secrets.token_hex(16)}
    return added if "database_password" in content else {}


def own_ring(credentials: Credentials) -> str:
    """The key ring of a home that was given none; whoever runs a stack of their own operates it."""
    return f"{SIGNING_KEY_ID}:{credentials.signing_key}:{'+'.join(sorted(SCOPES))}"


def first_key(signing_keys: str) -> tuple[str, str]:
    """Id and secret of the current key of a ring spelled `id:secret[:scopes]`, comma separated.

    >>> first_key("new:abc:ops:read,old:def")
    ('new', 'abc')
    """
    key_id, _, rest = signing_keys.split(",", 1)[0].strip().partition(":")
    return key_id, rest.partition(":")[0]

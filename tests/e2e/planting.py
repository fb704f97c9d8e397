"""The secrets of the canary test, by the entrance that each went in by."""

import secrets

from tests.support.secrets import planted

#: Entrance -> kind -> secret.
SECRETS: dict[str, dict[str, str]] = {}


def taken(entrance: str) -> dict[str, str]:
    """Fresh secrets for an entrance; the last is told by the name before it alone."""
    given = planted() | {"password": f"Pa55/w-{secrets.token_hex(8)}+é"}
    return SECRETS.setdefault(entrance, given)


def told(entrance: str) -> str:
    """The secrets in prose."""
    return "; ".join(f"{kind}: {secret}" for kind, secret in taken(entrance).items()) + " ..."

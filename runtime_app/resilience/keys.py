"""The keys of breakers: provider and operation class, and of a credential beside them.

`openai|chat` is what all calls share; `openai|chat|cred:1f0c9a3e` takes the faults of one
credential; `http|fetch|example.com` is the origin that a fetch asks.
"""

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

Op = Literal["chat", "embed", "pay", "lookup", "fetch", "secrets", "blob"]

_LABEL = b"oa.breaker.credential.v1"


@dataclass(frozen=True, slots=True)
class Keys:
    """What one call is counted under; `of_credential` is empty where it shows none."""

    provider: str
    op: Op
    shared: str
    of_credential: str = ""

    @property
    def budget(self) -> str:
        """The key of its rate budget: the provider and its credential."""
        of_credential = self.of_credential.rpartition("|")[2]
        return f"{self.provider}|{of_credential}" if of_credential else self.provider

    @property
    def all(self) -> tuple[str, ...]:
        """Those that must admit it, the shared one first."""
        return (self.shared, self.of_credential) if self.of_credential else (self.shared,)


def call_keys(provider: str, op: Op, credential: str = "") -> Keys:
    """The keys of a call; of the credential no more is in them than 32 bits of a MAC."""
    shared = f"{provider}|{op}"
    if not credential:
        return Keys(provider, op, shared)
    print_ = hmac.new(credential.encode(), _LABEL, sha256).hexdigest()[:8]
    return Keys(provider, op, shared, f"{shared}|cred:{print_}")


def labels(key: str) -> tuple[str, str]:
    """Provider and operation class of a key, for labels."""
    provider, _, rest = key.partition("|")
    return provider, rest.partition("|")[0]

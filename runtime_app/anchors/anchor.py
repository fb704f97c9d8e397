"""One anchor as a value: signed, written down, read back.

    mac = HMAC-SHA256(secret, field("oa.anchor.v1") ‖ field(run_id) ‖ field(seq) ‖ field(head) ‖
                              field(at_us) ‖ field(key_id))

`field(x)` is as in the hash chain: the length of x in bytes as a 32-bit big-endian number, then x.
Text is UTF-8, numbers are decimal text, the head is its 32 raw bytes.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

from runtime_app.canonical import canonical
from runtime_app.security.key_ring import KeyRing, SigningKey

DOMAIN = "oa.anchor.v1"


@dataclass(frozen=True, slots=True)
class Anchor:
    """Event `seq` of the run had the hash `head` at `at_us`, microseconds since 1970 UTC."""

    run_id: str
    seq: int
    head: bytes
    at_us: int
    key_id: str
    mac: bytes

    def facts(self) -> dict[str, Any]:
        """As it is written: JSON values, hashes in hex."""
        return {
            "runId": self.run_id,
            "seq": self.seq,
            "head": self.head.hex(),
            "atUs": self.at_us,
            "keyId": self.key_id,
            "mac": self.mac.hex(),
        }

    def written(self) -> bytes:
        """Its canonical text, which is the content of its file."""
        return canonical(self.facts()).encode()


def sign(key: SigningKey, run_id: str, seq: int, head: bytes, at_us: int) -> Anchor:
    """The anchor of that statement under the key."""
    return Anchor(run_id, seq, head, at_us, key.key_id, _mac(key, run_id, seq, head, at_us))


def read(content: bytes) -> Anchor:
    """An anchor from what `written` has given.

    Raises:
        ValueError: it is anything else.
    """
    facts = json.loads(content)
    try:
        anchor = Anchor(
            facts["runId"],
            facts["seq"],
            bytes.fromhex(facts["head"]),
            facts["atUs"],
            facts["keyId"],
            bytes.fromhex(facts["mac"]),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"not an anchor: {error}") from error
    if anchor.written() != content:
        raise ValueError("not an anchor as one is written")
    return anchor


def holds(ring: KeyRing, anchor: Anchor) -> bool:
    """Whether the key that it names has signed it.

    Raises:
        KeyError: the ring does not have that key.
    """
    key = ring.key(anchor.key_id)
    expected = _mac(key, anchor.run_id, anchor.seq, anchor.head, anchor.at_us)
    return hmac.compare_digest(expected, anchor.mac)


def ring(text: str) -> KeyRing:
    """Read `id:secret`, comma separated, the current one first.

    Raises:
        ValueError: as `KeyRing.parse`; or a key has scopes.
    """
    keys = KeyRing.parse(text)
    if any(key.scopes for key in keys.keys):
        raise ValueError("must be id:secret, and nothing after the secret")
    return keys


def _mac(key: SigningKey, run_id: str, seq: int, head: bytes, at_us: int) -> bytes:
    fields = (
        DOMAIN.encode(),
        run_id.encode(),
        str(seq).encode(),
        head,
        str(at_us).encode(),
        key.key_id.encode(),
    )
    preimage = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    return hmac.digest(key.secret, preimage, hashlib.sha256)

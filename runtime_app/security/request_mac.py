"""Whether a request is the one that was stored: by MAC, since what it held may not be kept."""

import hmac

from runtime_app.canonical import sha256_hex
from runtime_app.sanitizer import PseudonymKeys

#: How rows begin that were written before there was a key: with the plain hash of the content.
PLAIN = "sha256:"


def same_request(keys: PseudonymKeys, stored: str, content: str) -> bool:
    """Whether `content`, canonical text as received, is what `stored` was made of.

    Args:
        stored: `key letter:hex`, or `sha256:hex` from before there were keys. One whose key is no
            longer among `keys` matches nothing.
    """
    if stored.startswith(PLAIN):
        return hmac.compare_digest(stored, PLAIN + sha256_hex(content))
    return keys.matches(stored, content.encode())

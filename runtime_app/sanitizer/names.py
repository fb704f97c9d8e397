"""Which names promise a secret: rule 1.

A name is split on case and on `_ - . /` and space; its last words decide.
"""

import re
from enum import Enum
from functools import lru_cache

from runtime_app.sanitizer.listed import listed

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_MAX_NAME_CHARS = 128

#: Secret as the last word.
LAST = listed(
    """
    password passwd passphrase secret credential cookie authorization macaroon preimage
    mnemonic nsec xprv jwt
    """
)
#: Secret as the last two words: what may stand before the last.
PAIRS = {
    "token": listed("access refresh id auth bearer api bot csrf"),
    "key": listed("api private secret signing encryption account access"),
    "phrase": listed("seed"),
    "pass": listed("db user smtp mail redis mysql postgres"),
}
#: `token` after one of these counts or pages, and is never secret.
PLAIN_TOKENS = listed(
    """
    page next prev previous continuation max min total prompt completion input output cached
    reasoning num count stop start end cursor sync eos bos pad
    """
)
#: Names that the rules above do not reach.
KNOWN = listed("xoaruntimesignature secretkeybase xapikey awssecretaccesskey")

_JOINED = frozenset(first + last for last, firsts in PAIRS.items() for first in firsts)


class Promise(Enum):
    """What a name says of its value."""

    NOTHING = "nothing"
    PERHAPS = "perhaps"  # secret if the value looks like a token
    SECRET = "secret"


def words(name: str) -> list[str]:
    """The words of a name, in lower case."""
    return [word.lower() for word in _WORD.findall(name)]


@lru_cache(maxsize=4096)
def _promise(name: str) -> Promise:
    parts = words(name)
    while parts and parts[-1].isdigit():
        parts.pop()
    if not parts:
        return Promise.NOTHING
    last, before = parts[-1], parts[-2] if len(parts) > 1 else ""
    if last not in PAIRS:
        last = last.removesuffix("s") if last.removesuffix("s") in LAST | PAIRS.keys() else last
    if last in LAST or before in PAIRS.get(last, ()):
        return Promise.SECRET
    if last in _JOINED or "".join(parts) in KNOWN or last.endswith(("password", "passwd")):
        return Promise.SECRET
    if last == "token" and before not in PLAIN_TOKENS and parts[-1] == "token":
        return Promise.PERHAPS
    return Promise.NOTHING


def promise(name: str) -> Promise:
    """What `name` says of its value; of a longer name its last 128 characters count."""
    return _promise(name[-_MAX_NAME_CHARS:])

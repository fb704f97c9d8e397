"""The regular expressions of this room: RE2 over bytes, so that cost grows with length only.

A byte is a character here. What is looked for is ASCII; other bytes only separate.
"""

from typing import Any

import re2

_OPTIONS = re2.Options()
_OPTIONS.encoding = re2.Options.Encoding.LATIN1
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 64 << 20


def compiled(source: str) -> Any:
    """A pattern that is searched for in bytes; no lookaround, no back references."""
    return re2.compile(source.encode(), _OPTIONS)


def raw(text: str) -> bytes:
    """Any text as bytes, lone surrogates included."""
    return text.encode("utf-8", "surrogatepass")


def shown(data: bytes) -> str:
    """The text that `raw` was given."""
    return data.decode("utf-8", "surrogatepass")

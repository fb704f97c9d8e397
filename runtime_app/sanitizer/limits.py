"""How much the sanitizer looks at, and what stands for the rest."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

MAX_DEPTH = 32
MAX_NODES = 20_000
MAX_STRING_BYTES = 256 * 1024
MAX_CANDIDATES = 2_048  # in one text or value; beyond it somebody is playing
MAX_HELD_BYTES = 8 * 1024
DROPPED = "[unsanitized]"


class TooManyCandidates(Exception):
    """More places look like the beginning of a secret than anybody would write."""


@dataclass(slots=True)
class Budget:
    """How many more such places are judged."""

    left: int = MAX_CANDIDATES

    def spend(self) -> None:
        """One place.

        Raises:
            TooManyCandidates: there is nothing left.
        """
        if self.left <= 0:
            raise TooManyCandidates
        self.left -= 1


class TooManyNodes(Exception):
    """A value has more than 20,000 keys and leaves."""


def oversize(data: bytes) -> str:
    """What stands for content that is past a bound: its length in bytes and its SHA-256."""
    return f"[oversize:{len(data)}:{hashlib.sha256(data).hexdigest()}]"


def oversize_value(value: Any) -> str:
    """The same for a JSON value; one that is too deep even to be written is not measured."""
    try:
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=repr)
    except (RecursionError, ValueError, TypeError):
        return "[oversize:unmeasured]"
    return oversize(text.encode("utf-8", "surrogatepass"))


def within_bounds(json_text: str, value: Any) -> bool:
    """Whether no bound can be passed by `value`, whose JSON text is given. False: look closer."""
    bytes_a_char = 1 if json_text.isascii() else 4
    if len(json_text) * bytes_a_char > MAX_STRING_BYTES:
        return False
    opened = json_text.count("{") + json_text.count("[")
    if len(json_text) > 2 * MAX_NODES and opened + json_text.count(",") >= MAX_NODES:
        return False
    return opened <= MAX_DEPTH or _depth(value) <= MAX_DEPTH


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level:
        inner = [each.values() if isinstance(each, dict) else each for each in level]
        level = [item for items in inner for item in items if isinstance(item, dict | list)]
        depth += 1
    return depth

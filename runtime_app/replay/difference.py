"""A difference between what a log says and what a replay comes to. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: What stands for a value that one side does not have.
ABSENT = "(absent)"
_MOST_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference.

    Args:
        seq: of the event, or of the first event of the decision.
        field: what differs: a path into the payload, `type`, or the name of what was compared.
    """

    seq: int
    field: str
    recorded: Any
    replayed: Any

    def __str__(self) -> str:
        recorded, replayed = _short(self.recorded), _short(self.replayed)
        return f"seq {self.seq}, {self.field}: recorded {recorded}, replayed {replayed}"

    @property
    def facts(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "seq": self.seq,
            "field": self.field,
            "recorded": self.recorded,
            "replayed": self.replayed,
        }


def first_difference(recorded: Any, replayed: Any, path: str = "") -> tuple[str, Any, Any] | None:
    """Where two JSON values differ first, keys in their order: the path and both sides."""
    if isinstance(recorded, Mapping) and isinstance(replayed, Mapping):
        for key in sorted({*recorded, *replayed}):
            sides = recorded.get(key, ABSENT), replayed.get(key, ABSENT)
            if (found := first_difference(*sides, f"{path}.{key}")) is not None:
                return found
        return None
    if _is_list(recorded) and _is_list(replayed) and len(recorded) == len(replayed):
        for n, sides in enumerate(zip(recorded, replayed, strict=True)):
            if (found := first_difference(*sides, f"{path}.{n}")) is not None:
                return found
        return None
    return None if recorded == replayed else (path.lstrip("."), recorded, replayed)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _MOST_CHARACTERS else text[:_MOST_CHARACTERS] + "…"

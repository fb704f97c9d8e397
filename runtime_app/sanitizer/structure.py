"""Which fields of a payload are structural, and what a value must look like to be left alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from runtime_app.sanitizer.engine import compiled, raw


class Format(Enum):
    """What a structural field holds."""

    ID = "id"
    HASH = "hash"
    TIME = "time"
    ENUM = "enum"
    INT = "int"
    MONEY = "money"
    CURSOR = "cursor"


_PATTERNS = {
    Format.ID: compiled(r"[A-Za-z0-9._:-]{1,200}"),
    Format.HASH: compiled(
        r"(?:(?:sha(?:1|256|384|512)|md5)[:-])?(?:[0-9a-f]{32,128}|[A-Za-z0-9+/_-]{43}=?)"
    ),
    Format.TIME: compiled(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
        r"(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
    ),
    Format.ENUM: compiled(r"[A-Za-z]{1,24}(?:[_.-][A-Za-z]{1,24}){0,4}"),
    Format.INT: compiled(r"-?[0-9]{1,20}"),
    Format.MONEY: compiled(r"-?[0-9]{1,20}(?:\.[0-9]{1,18})?(?: ?[A-Za-z]{3,8})?"),
    Format.CURSOR: compiled(r"[0-9]{1,20}"),
}
_NUMBERS: dict[Format, tuple[type, ...]] = {
    Format.INT: (int,),
    Format.MONEY: (int, float),
    Format.CURSOR: (int,),
}


def has_format(value: Any, wanted: Format) -> bool:
    """Whether a value looks as its field promises. An id may still hold a credential."""
    if isinstance(value, str):
        return _PATTERNS[wanted].fullmatch(raw(value)) is not None
    return isinstance(value, _NUMBERS.get(wanted, ())) and not isinstance(value, bool)


@dataclass(frozen=True, slots=True)
class Structure:
    """Dotted path from the payload's root -> format; `*` stands for any key and any list index.

    A field is exempt only where its value has the format; else it is treated as text.
    """

    fields: Mapping[str, Format]
    tree: dict[str, Any] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        tree: dict[str, Any] = {}
        for path, wanted in self.fields.items():
            *parents, leaf = path.split(".")
            node = tree
            for name in parents:
                node = node.setdefault(name, {})
            node[leaf] = wanted
        object.__setattr__(self, "tree", tree)


def below(node: Any, key: str) -> Any:
    """What a tree says of a key: another tree, a format, or None."""
    if not isinstance(node, dict):
        return None
    return node.get(key, node.get("*"))

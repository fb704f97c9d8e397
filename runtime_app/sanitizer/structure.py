"""Which fields of a payload are structural, and what a value must look like to be left alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Format(Enum):
    """What a structural field holds."""

    ID = "id"
    HASH = "hash"
    TIME = "time"
    ENUM = "enum"
    INT = "int"
    MONEY = "money"
    CURSOR = "cursor"


@dataclass(frozen=True, slots=True)
class Structure:
    """Dotted path from the payload's root -> format; `*` stands for any key or list index.

    A field is exempt only where its value has the format; else it is treated as text.
    """

    fields: Mapping[str, Format]

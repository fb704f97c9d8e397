"""What the event catalogue says of a type."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from runtime_app.dispatch.jobs import Job
from runtime_app.sanitizer import Format, Structure


class Retention(StrEnum):
    """How long a payload is kept; rows and hashes are kept for good."""

    CONTROL = "control"  # kept
    RECEIPT = "receipt"  # kept
    MESSAGE = "message"  # kept
    DELTA = "delta"  # readers only; may be pruned once the completed part is stored
    PROGRESS = "progress"  # readers only; pruned after a day


#: What a log may be without: payloads of these classes go some time after their run's end.
READERS_ONLY = frozenset({Retention.DELTA, Retention.PROGRESS})

_FORMATS: Mapping[str, Format] = {"id": Format.ID, "enum": Format.ENUM, "time": Format.TIME}


@dataclass(frozen=True, slots=True)
class EventSpec:
    """One row of the catalogue.

    Args:
        retention: the retention class.
        writer: who appends it.
        fields: payload field -> kind (`id enum time text int bool object list any`); a trailing
            `?` marks an optional field. What is `id`, `enum` or `time` and looks like one is
            structural: the sanitizer leaves it alone.
        wakes: the jobs that it asks for.
        version: of the payload's shape.
    """

    retention: Retention
    writer: str
    fields: Mapping[str, str]
    wakes: tuple[type[Job], ...] = ()
    version: int = 1
    required: frozenset[str] = frozenset()
    allowed: frozenset[str] = frozenset()
    structure: Structure = field(default_factory=lambda: Structure({}))

    def __post_init__(self) -> None:
        names = {name: kind.endswith("?") for name, kind in self.fields.items()}
        required = frozenset(name for name, optional in names.items() if not optional)
        object.__setattr__(self, "required", required)
        object.__setattr__(self, "allowed", frozenset(names))
        marks = {name: _FORMATS.get(kind.rstrip("?")) for name, kind in self.fields.items()}
        structural = {name: mark for name, mark in marks.items() if mark is not None}
        object.__setattr__(self, "structure", Structure(structural))

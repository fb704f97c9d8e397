"""Events as values: what a writer offers, what the log keeps, what an append returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from runtime_app.canonical import NotCanonical, canonical, make_safe
from runtime_app.events.catalog import CATALOG

_ESCAPED_NUL = "\\u0000"


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event as a writer offers it.

    Args:
        type: a type of the catalogue.
        payload: JSON; exactly the fields that the catalogue lists, optional ones may be left out.

    Raises:
        ValueError: unknown type, missing or unknown field.
    """

    type: str
    payload: Mapping[str, Any]

    def __post_init__(self) -> None:
        spec = CATALOG.get(self.type)
        if spec is None:
            raise ValueError(f"{self.type!r} is not in the event catalogue")
        given = self.payload.keys()
        if not spec.required <= given or not given <= spec.allowed:
            raise ValueError(
                f"{self.type}: missing {sorted(spec.required - given)}, "
                f"unknown {sorted(given - spec.allowed)}"
            )

    def text(self) -> str:
        """The canonical payload as it will be stored.

        What JSON cannot carry (only model and tool output may hold such) is made safe, and the
        payload says so in `made_safe` where the catalogue has that field.
        """
        try:
            text = canonical(self.payload)
        except NotCanonical:
            return self._made_safe()
        return self._made_safe() if _ESCAPED_NUL in text else text

    def _made_safe(self) -> str:
        payload, changed = make_safe(dict(self.payload))
        if changed and "made_safe" in CATALOG[self.type].allowed:
            payload["made_safe"] = True
        return canonical(payload)


@dataclass(frozen=True, slots=True)
class Event:
    """An event as stored."""

    seq: int
    type: str
    version: int
    payload: Mapping[str, Any]
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose request caused it; the first two are stored with each event.

    Args:
        key_id: the key that signed it; stored with the runs it has started and its frames.
    """

    trace_id: str | None = None
    request_id: str | None = None
    key_id: str | None = None


@dataclass(frozen=True, slots=True)
class AppendResult:
    """What an append did.

    Args:
        seq: the head after it.
        cancel_requested: whether somebody has asked for the run to be cancelled.
        events: the events as stored; the batch writer leaves them out.
    """

    seq: int
    cancel_requested: bool
    events: tuple[Event, ...] = field(default=())

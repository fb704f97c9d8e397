"""Events as values: what a writer offers, what the log keeps, what an append returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from runtime_app.canonical import NotCanonical, canonical, make_safe
from runtime_app.events.catalog import CATALOG
from runtime_app.observability.trace_context import TraceContext
from runtime_app.observability.trace_context import headers as trace_headers
from runtime_app.sanitizer import Profile, Sanitizer

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

    def text(self, sanitizer: Sanitizer) -> str:
        """The canonical payload as it will be stored: without secrets.

        What JSON cannot carry (only model and tool output may hold such) is made safe, and the
        payload says so in `made_safe` where the catalogue has that field.
        """
        payload = self.payload
        try:
            text = canonical(payload)
        except NotCanonical:
            text = _ESCAPED_NUL
        if _ESCAPED_NUL in text:
            payload = self._made_safe()
            text = canonical(payload)
        structure = CATALOG[self.type].structure
        clean = sanitizer.canonical(text, payload, Profile.SECRETS, structure)
        if clean.startswith("{"):
            return clean
        # It failed on some value and dropped everything. A log without its fields could not be
        # folded any more, so what can be kept of them is.
        fields = {name: sanitizer.value(value) for name, value in payload.items()}
        return canonical(fields)

    def _made_safe(self) -> Mapping[str, Any]:
        payload: dict[str, Any]
        payload, changed = make_safe(dict(self.payload))
        if changed and "made_safe" in CATALOG[self.type].allowed:
            payload["made_safe"] = True
        return payload


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose request caused the append; stored with each event.

    Args:
        key_id: the key that signed it; stored with the runs it has started and its frames.
        trace_id, span_id, trace_flags, tracestate: where it stands in its trace, if it has one.
        request_id: its `x-request-id`.
    """

    trace_id: str | None = None
    request_id: str | None = None
    span_id: str | None = None
    trace_flags: int = 0
    tracestate: str | None = None
    key_id: str | None = None

    @classmethod
    def of(
        cls, trace: TraceContext | None, request_id: str | None, key_id: str | None = None
    ) -> "Origin":
        """The origin that stands there."""
        if trace is None:
            return cls(request_id=request_id, key_id=key_id)
        return cls(trace.trace_id, request_id, trace.span_id, trace.flags, trace.state, key_id)

    @property
    def trace(self) -> TraceContext | None:
        """Where the next work of this request goes on."""
        if self.trace_id is None or self.span_id is None:
            return None
        return TraceContext(self.trace_id, self.span_id, self.trace_flags, self.tracestate)

    @property
    def headers(self) -> dict[str, str]:
        """What a call to somebody else carries."""
        return trace_headers(self.trace, self.request_id)

    def within(self, trace: TraceContext | None) -> "Origin":
        """The same request, gone on to another span."""
        return self if trace is None else Origin.of(trace, self.request_id, self.key_id)


NOBODY = Origin()


@dataclass(frozen=True, slots=True)
class Event:
    """An event as stored; its origin where it was read for the fold.

    Args:
        pruned: its payload is no longer kept, and reads as empty.
    """

    seq: int
    type: str
    version: int
    payload: Mapping[str, Any]
    occurred_at: datetime
    origin: Origin = field(default=NOBODY, compare=False)
    pruned: bool = False


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

"""W3C Trace Context: the two headers that say which trace a piece of work belongs to.

`traceparent` names the trace and the span that caused the work; `tracestate` carries what tracing
systems have to tell each other, and is passed on as it came. What is malformed is left out, never
refused: a broken header costs its trace, and nothing else.
"""

import re
from dataclasses import dataclass, replace

#: The bits of the flags that are passed on: sampled, and random trace id.
KNOWN_FLAGS = 0b11
SAMPLED = 0b01
#: Bounds of a tracestate; what is beyond is left out, whole members at a time.
MAX_STATE_CHARS = 512
MAX_STATE_MEMBERS = 32
_LONG_MEMBER_CHARS = 128

_PARENT = re.compile(
    r"(?P<version>(?!ff)[0-9a-f]{2})-(?P<trace_id>(?!0{32})[0-9a-f]{32})"
    r"-(?P<span_id>(?!0{16})[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})(?P<more>-.*)?"
)
_MEMBER = re.compile(
    r"(?P<key>[a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})"
    r"=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]"
)


@dataclass(frozen=True, slots=True)
class TraceContext:
    """A place in a trace.

    Args:
        trace_id: 32 lower-case hex digits, not all zero.
        span_id: the span that work from here on is caused by; 16 hex digits, not all zero.
        flags: 0..3; bit 0 says that the trace is recorded.
        state: a valid tracestate of at most 512 characters, or None.
    """

    trace_id: str
    span_id: str
    flags: int = 0
    state: str | None = None

    @property
    def traceparent(self) -> str:
        """The header's value, in version 00."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags:02x}"

    @property
    def sampled(self) -> bool:
        """Whether the caller records this trace."""
        return bool(self.flags & SAMPLED)

    def child(self, span_id: str) -> "TraceContext":
        """The same trace, caused by another span of it."""
        return replace(self, span_id=span_id)


def parse(traceparent: str | None, tracestate: str | None = None) -> TraceContext | None:
    """The context that two headers carry, or None where the first is missing or malformed."""
    found = _PARENT.fullmatch(traceparent or "")
    if found is None or (found["more"] and found["version"] == "00"):
        return None
    flags = int(found["flags"], 16) & KNOWN_FLAGS
    return TraceContext(found["trace_id"], found["span_id"], flags, bounded_state(tracestate))


def bounded_state(tracestate: str | None) -> str | None:
    """A tracestate within its bounds; None where there is none, or a member is malformed."""
    members = [text.strip(" \t") for text in (tracestate or "").split(",")]
    members = [member for member in members if member]
    matches = [_MEMBER.fullmatch(member) for member in members]
    keys = {match["key"] for match in matches if match is not None}
    if not members or len(keys) != len(members) or len(members) > MAX_STATE_MEMBERS:
        return None
    if len(",".join(members)) > MAX_STATE_CHARS:
        members = [member for member in members if len(member) <= _LONG_MEMBER_CHARS]
    while len(",".join(members)) > MAX_STATE_CHARS:
        members.pop()
    return ",".join(members) or None


def headers(context: TraceContext | None, request_id: str | None) -> dict[str, str]:
    """What a call to somebody else carries: traceparent, tracestate and x-request-id, if known."""
    known = {
        "traceparent": None if context is None else context.traceparent,
        "tracestate": None if context is None else context.state,
        "x-request-id": request_id,
    }
    return {name: value for name, value in known.items() if value is not None}

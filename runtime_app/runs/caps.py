"""Hard limits of one run: the server's, which a request may only lower."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from runtime_app.errors import InvalidRequest
from runtime_app.runs.status import ReasonClass


@dataclass(frozen=True, slots=True)
class Caps:
    """What a run may use up. `wall_clock_s` counts active time, not waiting."""

    steps: int = 32
    wall_clock_s: int = 900
    tokens: int = 400_000
    model_calls: int = 48
    tool_calls: int = 96

    def lowered(self, wanted: Mapping[str, Any]) -> "Caps":
        """These caps with `wanted` applied; nothing is ever raised.

        Raises:
            InvalidRequest: an unknown cap, or one that is not a positive whole number.
        """
        values = asdict(self)
        for name, value in wanted.items():
            if name not in values:
                known = ", ".join(values)
                raise InvalidRequest.field(f"caps.{name}", f"is not a cap; known: {known}")
            if not _is_whole(value) or value < 1:
                raise InvalidRequest.field(f"caps.{name}", "must be a positive whole number")
            values[name] = min(values[name], int(value))
        return Caps(**values)

    @classmethod
    def from_json(cls, stored: Mapping[str, int]) -> "Caps":
        """Caps as stored with a run; names of other releases are ignored."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})


def _is_whole(value: Any) -> bool:
    """8.0 is 8, as in JSON Schema and in canonical JSON; true is not 1."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value % 1 == 0


@dataclass(frozen=True, slots=True)
class Usage:
    """What a run has used up so far."""

    steps: int = 0
    wall_clock_s: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    model_calls: int = 0
    tool_calls: int = 0

    @property
    def tokens(self) -> int:
        """Tokens of both directions."""
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True)
class Breach:
    """A cap that has been reached."""

    cap: str
    limit: int
    used: int
    reason_class: ReasonClass


_REASONS = {
    "steps": ReasonClass.MAX_STEPS_EXCEEDED,
    "wall_clock_s": ReasonClass.MAX_WALL_CLOCK_EXCEEDED,
    "tokens": ReasonClass.MAX_TOKENS_EXCEEDED,
    "model_calls": ReasonClass.MAX_MODEL_CALLS_EXCEEDED,
    "tool_calls": ReasonClass.MAX_TOOL_CALLS_EXCEEDED,
}


def breach(usage: Usage, caps: Caps, *, new_step: bool = True) -> Breach | None:
    """The first cap, in the table's order, that forbids another model call; or None.

    A run that has used its last tool call may still answer, so that cap is breached only by a call
    beyond it; each other cap is breached once it is reached.
    """
    for cap, reason in _REASONS.items():
        used, limit = getattr(usage, cap), getattr(caps, cap)
        last = cap == "tool_calls" or (cap == "steps" and not new_step)
        if used > limit or (used == limit and not last):
            return Breach(cap, limit, used, reason)
    return None

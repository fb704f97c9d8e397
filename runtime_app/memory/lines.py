"""From an event to its line of memory: pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runtime_app.canonical import canonical

ARGUMENTS_CHARS, RESULT_CHARS, NOTE_CHARS = 200, 400, 200


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to remember.

    Args:
        cite: where it stands: `n#seq` of the n-th input of an L1, `n` of a higher level.
        kind: `end`, `user`, `assistant`, `thought`, `tool` (it came from outside) or `note`.
    """

    cite: str
    kind: str
    text: str

    def __str__(self) -> str:
        return f"[{self.cite}] {self.kind}: {self.text}"


def line_of(cite: str, event_type: str, payload: Mapping[str, Any]) -> Line | None:
    """The line of an event; None of one that memory leaves out."""
    if event_type in _OUT or event_type.partition(".")[0] in _OUT_FAMILIES:
        return None
    say = _SAY.get(event_type)
    kind, text = ("note", _note(event_type, payload)) if say is None else say(payload)
    return Line(cite, kind, one_line(text))


def one_line(text: str) -> str:
    """The text with every run of blanks as one space."""
    return " ".join(text.split())


def _call(payload: Mapping[str, Any]) -> tuple[str, str]:
    given = canonical(payload.get("input"))[:ARGUMENTS_CHARS]
    return "tool", f"{payload['tool_name']} asked {given}"


def _result(payload: Mapping[str, Any]) -> tuple[str, str]:
    said = payload.get("error")
    if said is None and "output" in payload:
        said = canonical(payload["output"])
    name, status = payload["tool_name"], payload["status"]
    return "tool", f"{name} {status} {(said or '')[:RESULT_CHARS]}"


def _end(payload: Mapping[str, Any]) -> tuple[str, str]:
    why = payload.get("reason") or ""
    return "end", f"run {payload['status']} {payload['reason_class']} {why}"[:NOTE_CHARS]


def _note(event_type: str, payload: Mapping[str, Any]) -> str:
    return f"{event_type} {canonical(dict(payload))}"[:NOTE_CHARS]


_SAY: Mapping[str, Callable[[Mapping[str, Any]], tuple[str, str]]] = {
    "message.user": lambda payload: ("user", payload["text"]),
    "text.ended": lambda payload: ("assistant", payload["text"]),
    "reasoning.ended": lambda payload: ("thought", payload["text"][:NOTE_CHARS]),
    "tool.call": _call,
    "tool.result": _result,
    "run.finished": _end,
}
#: Said by another event, or of no use to whoever remembers.
_OUT = frozenset({"frame.accepted", "text.started", "reasoning.started"})
_OUT_FAMILIES = frozenset({"memory", "step", "model"})

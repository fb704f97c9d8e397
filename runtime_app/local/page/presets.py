"""The models that the page offers: the stack's own, and scripts that show what a run can do."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

_SCRIPTED = "scripted/"


@dataclass(frozen=True)
class Preset:
    """One row of the picker.

    Args:
        model: a model id as the API takes it.
        note: what it does, or what to type.
    """

    model: str
    label: str
    note: str

    @property
    def scripted(self) -> bool:
        """Whether no real model is asked."""
        return self.model.startswith(_SCRIPTED)


SCRIPTS = (
    Preset(
        "scripted/demo?delay_ms=60",
        "Demo",
        "Calls the clock when asked for the time and calc when asked to calculate.",
    ),
    Preset("scripted/echo?delay_ms=120", "Echo", "Answers with what you say."),
    Preset(
        "scripted/tokens?n=240&delay_ms=60&bytes=7",
        "Long answer",
        "Talks for a while: reload in the middle, or stop it.",
    ),
    Preset("scripted/tools?calls=3&delay_ms=60", "Three tools", "Calls three tools at once."),
    Preset(
        "scripted/call?tool=http.get&delay_ms=60",
        "Refused tool",
        'Calls http.get with what you say: {"url": "https://example.com/"}',
    ),
    Preset("scripted/fail?after=6&delay_ms=120", "Failure", "Breaks off in the middle."),
    Preset("scripted/stall?after=6&delay_ms=120", "Silence", "Falls silent until you stop it."),
)


def offered(default_model: str) -> list[dict[str, Any]]:
    """The rows of the picker as JSON, the first one preselected."""
    return [{**asdict(preset), "scripted": preset.scripted} for preset in _rows(default_model)]


def _rows(default_model: str) -> Iterator[Preset]:
    if not default_model.startswith(_SCRIPTED):
        yield Preset(default_model, default_model, "The model of this stack; it is really asked.")
    yield from SCRIPTS

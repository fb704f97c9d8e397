"""What a tool asks of others, so that its calls are let out and counted like those of providers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runtime_app.providers.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Told:
    """How a call ended, for whoever it has asked."""

    outcome: Outcome
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Outside:
    """Of one tool.

    Args:
        host: which origin a call asks, by its arguments; empty where it gets nowhere.
        answered: what arguments and output say of it; `refused`: what the tool's own words do.
    """

    host: Callable[[Mapping[str, Any]], str]
    answered: Callable[[Mapping[str, Any], Any], Told]
    refused: Callable[[str], Told]

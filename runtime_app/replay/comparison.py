"""What a live replay is given and what it comes to, as values."""

from dataclasses import asdict, dataclass
from typing import Any

from runtime_app.executor.prompt import PromptBuilder
from runtime_app.replay.difference import Difference
from runtime_app.runs.caps import Caps
from runtime_app.tools.registry import Registry


@dataclass(frozen=True, slots=True)
class Release:
    """What a run would meet now.

    Args:
        caps: the server's; a run's own may be lower.
    """

    code_version: str
    caps: Caps
    prompts: PromptBuilder
    registry: Registry


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model would be asked, as a hash: SHA-256 over the canonical request."""

    step: int
    attempt: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a live replay has come to.

    Args:
        to_seq: how far the history goes.
        recorded_end, replayed_end: the reason class, or the status of a run that has not ended.
        differences: in the order of the history; the end comes last.
        prompts: of the model calls that would be made.
    """

    run_id: str
    to_seq: int
    recorded_end: str
    replayed_end: str
    differences: tuple[Difference, ...]
    prompts: tuple[Prompt, ...]

    @property
    def facts(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "run": self.run_id,
            "mode": "live",
            "to_seq": self.to_seq,
            "recorded_end": self.recorded_end,
            "replayed_end": self.replayed_end,
            "differences": [each.facts for each in self.differences],
            "prompts": [asdict(each) for each in self.prompts],
        }

"""A chunk as claimed, and as sealed; its id. Pure."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runtime_app.canonical import canonical, stored_loads
from runtime_app.clock import rfc3339

RULES = "oa.memory.v1"


@dataclass(frozen=True, slots=True)
class Claim:
    """A chunk that is being built, by this attempt.

    Args:
        inputs: canonical JSON: of an L1 `{run_id, from_seq, to_seq, from_hash, to_hash}` each, of a
            higher level `{chunk_id, output_hash}`.
    """

    chunk_id: str
    thread_id: str
    level: int
    inputs: str
    input_hash: str
    attempt: int

    @property
    def parts(self) -> list[dict[str, Any]]:
        """The inputs, in their order."""
        read: list[dict[str, Any]] = stored_loads(self.inputs)
        return read


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk as it stands."""

    chunk_id: str
    level: int
    window_start: datetime
    window_end: datetime
    part: int
    state: str
    summarizer: str | None
    input_events: int | None
    input_tokens: int | None
    output_tokens: int | None
    output_hash: str | None
    parent_id: str | None
    summary: str | None


def chunk_id(scope: tuple[str, str], level: int, start: datetime, part: int, inputs: str) -> str:
    """The same for the same inputs of the same window: `mc_` and 32 of `a-z 2-7`.

    Args:
        scope: the thread and its owner.
        inputs: the hash of the inputs.
    """
    named = canonical([RULES, *scope, level, rfc3339(start), part, inputs])
    digest = hashlib.sha256(named.encode()).digest()[:20]
    return "mc_" + base64.b32encode(digest).decode().lower()

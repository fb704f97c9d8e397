"""Seqs that are missing from a log: never passed over, told to whoever watches."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from runtime_app.observability import telemetry

_log = logging.getLogger(__name__)


class Numbered(Protocol):
    """What has a place in a log."""

    @property
    def seq(self) -> int:
        """Its place."""


N = TypeVar("N", bound=Numbered)


@dataclass(frozen=True, slots=True)
class Hole:
    """The seqs that are missing, both ends included."""

    first_seq: int
    last_seq: int


def before_hole(found: Sequence[N], after: int) -> Sequence[N]:
    """Of what was found past `after`, in order, that before the first hole; usually all."""
    for number, each in enumerate(found):
        if each.seq != after + number + 1:
            return found[:number]
    return found


def tell(run_id: str, hole: Hole) -> None:
    """Tell of a hole that somebody who reads has come upon."""
    telemetry.emit("stream.hole")
    _log.error("hole: run %s has no seq %s to %s", run_id, hole.first_seq, hole.last_seq)

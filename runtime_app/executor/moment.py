"""When and by which release a decision is made."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Moment:
    """When and by which release a decision is made."""

    now: datetime
    code_version: str

"""One row of the table of settings."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Setting:
    """One row: `read` turns the text into a value or raises ValueError with the remedy.

    Args:
        default: None where it must be given.
        roles: those that use it; empty means all. Another role starts without it, and where
            secrets are handed out by role it does not get one.
    """

    name: str
    read: Callable[[str], Any]
    default: str | None
    doc: str
    secret: bool = False
    roles: tuple[str, ...] = ()

    def is_for(self, role: str) -> bool:
        """Whether that role uses it."""
        return not self.roles or role in self.roles

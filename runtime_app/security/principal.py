"""Who owns a run: a user or a guest, never both."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Principal:
    """The owner that a request speaks for: exactly one of the two is set."""

    user_id: int | None = None
    guest_scope: str | None = None

    def __post_init__(self) -> None:
        if (self.user_id is None) == (self.guest_scope is None):
            raise ValueError("a principal is a user or a guest")

    def __str__(self) -> str:
        return f"user:{self.user_id}" if self.guest_scope is None else f"guest:{self.guest_scope}"

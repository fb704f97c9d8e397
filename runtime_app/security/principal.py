"""Who a request speaks for: the owner of runs (a user or a guest), or an operator."""

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


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who looks after the service, by name, with the scopes that the token asked for."""

    actor: str
    scopes: frozenset[str]

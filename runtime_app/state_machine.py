"""A state machine is one literal table; a missing key is an illegal move.

The tables are the documentation: `docs/STATE_MACHINES.md` is drawn from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass


class IllegalTransition(Exception):
    """The table has no such move; the message names machine, state, input and what is allowed."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A transition table: state -> input -> next state. A state without inputs is terminal."""

    name: str
    initial: str
    table: Mapping[str, Mapping[str, str]]

    def next(self, state: str, given: str) -> str:
        """The state that `given` leads to from `state`.

        Raises:
            IllegalTransition: the table has no such move.
        """
        moves = self.table.get(state, {})
        try:
            return moves[given]
        except KeyError:
            allowed = ", ".join(moves) or "nothing (terminal)"
            raise IllegalTransition(
                f"{self.name}: {given!r} is not possible in {state!r}; possible: {allowed}"
            ) from None

    @property
    def states(self) -> tuple[str, ...]:
        """All states, in table order."""
        return tuple(self.table)

    @property
    def terminal(self) -> frozenset[str]:
        """The states that nothing leaves."""
        return frozenset(state for state, moves in self.table.items() if not moves)

    def predecessors(self, given: str) -> frozenset[str]:
        """The states in which `given` is possible."""
        return frozenset(state for state, moves in self.table.items() if given in moves)

    def to_mermaid(self) -> str:
        """The table as a Mermaid state diagram, edges in table order."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.initial}"]
        for state, moves in self.table.items():
            lines += [f"    {state} --> {to}: {given}" for given, to in moves.items()]
            if not moves:
                lines.append(f"    {state} --> [*]")
        return "\n".join(lines)

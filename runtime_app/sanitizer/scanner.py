"""Text that comes in pieces."""

from collections.abc import Callable


class Scanner:
    """Feed pieces, take what may be shown; `end` gives the rest."""

    def __init__(self, sanitize: Callable[[str], str]) -> None:
        self._sanitize = sanitize
        self._held = ""

    def feed(self, piece: str) -> str:
        """What is ready to be shown, sanitized."""
        self._held += piece
        cut = max(self._held.rfind(" "), self._held.rfind("\n")) + 1
        ready, self._held = self._held[:cut], self._held[cut:]
        return self._sanitize(ready)

    def end(self) -> str:
        """The rest, sanitized; the scanner can be used again."""
        rest, self._held = self._held, ""
        return self._sanitize(rest)

"""The levels and their windows: pure."""

from collections.abc import Mapping
from dataclasses import dataclass

#: What is younger is read as it is.
HOT_S = 30 * 60


@dataclass(frozen=True, slots=True)
class Level:
    """One level.

    Args:
        window_s: how long its windows are; they begin at whole multiples, in UTC.
        settle_s: how long after its end a window is due.
        most_tokens: of a text, as `tokens.estimated`.
    """

    level: int
    window_s: int
    settle_s: int
    most_tokens: int


LEVELS: Mapping[int, Level] = {
    1: Level(1, 600, HOT_S, 400),
    2: Level(2, 3600, HOT_S + 600, 600),
    3: Level(3, 86_400, HOT_S + 600, 800),
}

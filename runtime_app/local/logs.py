"""Each role's output, one file per role."""

from pathlib import Path
from typing import BinaryIO

LIMIT_BYTES = 20 * 1024 * 1024
_TAIL_BYTES = 16 * 1024


def open_log(path: Path, *, fresh: bool = False) -> BinaryIO:
    """`path` for appending, for its owner only.

    Args:
        fresh: begin with an empty one; else it is emptied once it is past `LIMIT_BYTES`.
    """
    path.touch(mode=0o600)
    if fresh or path.stat().st_size > LIMIT_BYTES:
        path.write_bytes(b"")
    return path.open("ab")


def last_lines(path: Path, count: int = 20) -> str:
    """The last `count` lines of a log; empty where there is none."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        text = file.read().decode("utf-8", errors="replace")
    return "\n".join(text.rstrip().splitlines()[-count:])

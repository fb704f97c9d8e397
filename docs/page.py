"""What a printed page is made of: a head that says where it comes from, blocks, tables."""

from collections.abc import Iterable
from typing import Any

NOTE = "<!-- Printed by docs/generate.py. Change the table it names, then run `make docs`. -->"


def page(title: str, sources: tuple[str, ...], *blocks: str) -> str:
    """The text of a page that is printed from `sources`."""
    printed_from = ", ".join(f"[`{source}`](../{source})" for source in sources)
    head = (NOTE, f"# {title}", f"Printed from {printed_from}; do not edit this page.")
    return "\n\n".join(block.strip("\n") for block in (*head, *blocks)) + "\n"


def table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """A table with these titles."""
    titles = tuple(head)
    lines = [titles, ("---",) * len(titles), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(value: Any) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")

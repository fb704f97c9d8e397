"""The project's documents as tests see them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Document:
    """One Markdown file of the project."""

    path: Path

    @property
    def name(self) -> str:
        return str(self.path.relative_to(PROJECT))

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def prose(self) -> str:
        """The text without its code blocks."""
        return _FENCE.sub("", self.text)

    def blocks(self, language: str) -> list[str]:
        """The code blocks marked with `language`."""
        return [body for marked, body in _FENCE.findall(self.text) if marked == language]

    def links(self) -> list[str]:
        return _LINK.findall(self.prose)

    def anchors(self) -> set[str]:
        """The anchors of its headings, as GitHub makes them."""
        return {
            re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
            for heading in _HEADING.findall(self.prose)
        }

    def headings(self) -> list[str]:
        return _HEADING.findall(self.prose)

    def rows(self, first_cell: str) -> list[list[str]]:
        """The body rows of the table whose head begins with `first_cell`."""
        lines = iter(self.prose.splitlines())
        for line in lines:
            if _cells(line)[:1] == [first_cell]:
                next(lines)
                return list(_body(lines))
        raise AssertionError(f"{self.name} has no table that begins with {first_cell!r}")


def _body(lines: Iterator[str]) -> Iterator[list[str]]:
    for line in lines:
        if not line.startswith("|"):
            return
        yield _cells(line)


def _cells(line: str) -> list[str]:
    if not line.startswith("|"):
        return []
    parts = re.split(r"(?<!\\)\|", line.strip())
    return [part.strip() for part in parts[1:-1]]


@cache
def documents() -> tuple[Document, ...]:
    """Every Markdown file that belongs to the project's documentation."""
    folders = (PROJECT, PROJECT / "docs", PROJECT / "docs" / "adr", PROJECT / "migrations")
    return tuple(Document(path) for folder in folders for path in sorted(folder.glob("*.md")))


def document(name: str) -> Document:
    """The document of that path inside the project."""
    return Document(PROJECT / name)

"""Summaries that no model writes: the same inputs give the same bytes in every process. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from runtime_app.memory.lines import Line
from runtime_app.memory.tokens import estimated

VERBATIM, EXTRACTIVE = "verbatim.v1", "extractive.v1"
#: Inputs below this are kept as they are.
VERBATIM_TOKENS = 200
USER_CHARS = 200
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_WORD = re.compile(r"\w{3,}")


@dataclass(frozen=True, slots=True)
class Summary:
    """A text, and what wrote it."""

    text: str
    summarizer: str


_Piece = tuple[int, float, int, int, Line]


def summarize(lines: Sequence[Line], most_tokens: int) -> Summary:
    """The lines as they are, where they are few; otherwise those that say most.

    In this order, until the limit: how runs ended, what users said, first and last sentences of
    answers, what tools did, then sentences by the frequency of their words. Shown in the order of
    the inputs, each with its citation.
    """
    whole = "\n".join(map(str, lines))
    if estimated(whole) < VERBATIM_TOKENS:
        return Summary(whole, VERBATIM)
    return Summary("\n".join(_extract(lines, most_tokens)), EXTRACTIVE)


def _extract(lines: Sequence[Line], most_tokens: int) -> list[str]:
    weights = Counter(word for line in lines for word in _words(line.text))
    found = [each for at, line in enumerate(lines) for each in _pieces(at, line, weights)]
    room_bytes = 4 * most_tokens
    taken: dict[tuple[int, int], str] = {}
    for *_order, at, n, piece in sorted(found, key=lambda each: each[:4]):
        text = str(piece)
        size = len(text.encode()) + 1
        if size <= room_bytes:
            room_bytes -= size
            taken[at, n] = text
    return [taken[place] for place in sorted(taken)]


def _pieces(at: int, line: Line, weights: Counter[str]) -> Iterator[_Piece]:
    """What may be shown of a line: (rank, less weight, place, place in it, text)."""
    if line.kind in _RANKS:
        text = line.text[:USER_CHARS] if line.kind == "user" else line.text
        yield _RANKS[line.kind], 0.0, at, 0, replace(line, text=text)
        return
    sentences = _SENTENCE.split(line.text)
    for n, sentence in enumerate(sentences):
        edge = line.kind == "assistant" and n in (0, len(sentences) - 1)
        weight = 0.0 if edge else -_weight(sentence, weights)
        yield 2 if edge else 4, weight, at, n, replace(line, text=sentence)


_RANKS = {"end": 0, "user": 1, "tool": 3}


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _weight(sentence: str, weights: Counter[str]) -> float:
    words = _words(sentence)
    return sum(weights[word] for word in words) / len(words) if words else 0.0

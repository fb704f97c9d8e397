"""Prose in five languages, 600 sentences each, composed of clauses that were written for this.

`prose/<language>.txt` holds clauses in blocks, one a line: openings, subjects, what they
do, endings. No sentence is a quotation; many speak of passwords, keys and tokens as people
do.
"""

import random
from collections.abc import Iterator
from pathlib import Path

LANGUAGES = ("de", "en", "es", "fr", "it")
LINES = 600


def prose() -> Iterator[tuple[str, str]]:
    """(language, sentence), 3,000 different ones."""
    for language in LANGUAGES:
        text = (Path(__file__).parent / "prose" / f"{language}.txt").read_text(encoding="utf-8")
        blocks = [block.splitlines() for block in text.strip().split("\n\n")]
        rng = random.Random(f"prose {language}")
        made: dict[str, None] = {}
        while len(made) < LINES:
            made[" ".join(rng.choice(block) for block in blocks)] = None
        yield from ((language, sentence) for sentence in made)

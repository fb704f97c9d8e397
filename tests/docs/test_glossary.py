"""A word that names a room or a module of the core is in the glossary."""

import re

from tests.docs.markdown import PROJECT, document


def _entries() -> list[str]:
    page = document("docs/GLOSSARY.md").prose
    first_cells = re.findall(r"^\| ([^|]+) \|", page, re.MULTILINE)
    return [
        word.replace("`", "").strip()
        for cell in first_cells
        if cell != "word"
        for word in cell.split(",")
    ]


def _words() -> set[str]:
    core = PROJECT / "runtime_app"
    names = {
        part
        for path in core.rglob("*.py")
        for part in path.relative_to(core).with_suffix("").parts
        if not part.startswith("__")
    }
    return {word for name in names for word in name.split("_")}


def test_every_word_in_the_name_of_a_room_or_module_has_an_entry() -> None:
    entries = {word for entry in _entries() for word in entry.split()}
    assert sorted(_words() - entries) == []


def test_a_word_has_one_entry() -> None:
    entries = _entries()
    assert sorted({entry for entry in entries if entries.count(entry) > 1}) == []


def test_a_marked_word_is_used_by_a_module() -> None:
    marked = re.findall(r"^\| (`[^|]+) \|", document("docs/GLOSSARY.md").prose, re.MULTILINE)
    words = {word for cell in marked for word in re.findall(r"`([\w ]+)`", cell)}
    assert sorted(words - _words()) == []

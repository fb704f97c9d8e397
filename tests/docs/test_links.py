"""Every link inside the documents leads somewhere, and every document is linked to."""

import pytest

from tests.docs.markdown import PROJECT, Document, documents


@pytest.mark.parametrize("page", documents(), ids=lambda page: page.name)
def test_every_internal_link_resolves(page: Document) -> None:
    broken = []
    for link in page.links():
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = Document((page.path.parent / path).resolve() if path else page.path)
        if not target.path.exists() or (anchor and anchor not in target.anchors()):
            broken.append(link)
    assert broken == []


def test_every_document_can_be_reached_from_the_readme() -> None:
    seen = set()
    waiting = [PROJECT / "README.md"]
    while waiting:
        path = waiting.pop()
        if path in seen or path.suffix != ".md":
            continue
        seen.add(path)
        for link in Document(path).links():
            if not link.startswith(("https://", "#")):
                waiting.append((path.parent / link.partition("#")[0]).resolve())
    assert {page.path for page in documents()} - seen == set()

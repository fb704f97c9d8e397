"""A change of the OpenAPI document is written down for those who call the service."""

import copy
import re

from docs.openapi.document import document
from docs.openapi.fingerprint import fingerprint
from tests.docs.markdown import document as page

CHANGELOG = page("docs/CONTRACT_CHANGELOG.md")
ENTRIES = re.split(r"^## ", CHANGELOG.text, flags=re.MULTILINE)[1:]


def test_the_newest_entry_is_about_the_document_as_it_is() -> None:
    now = fingerprint(document())
    assert f"Document: `{now}`" in ENTRIES[0], (
        "the OpenAPI document has changed for its callers: say how in a line of the newest entry "
        f"of {CHANGELOG.name}, and put the document's hash there: `{now}`"
    )


def test_every_entry_has_a_document_and_a_line() -> None:
    for entry in ENTRIES:
        assert len(re.findall(r"^Document: `[0-9a-f]{64}`$", entry, re.MULTILINE)) == 1, entry
        assert re.search(r"^- \S", entry, re.MULTILINE), entry


def test_the_hash_follows_what_a_caller_can_notice_and_nothing_else() -> None:
    before = document()
    worded, changed = copy.deepcopy(before), copy.deepcopy(before)
    worded["info"]["version"] = "9.9.9"
    worded["components"]["schemas"]["Snapshot"]["properties"]["status"]["description"] = "other"
    assert fingerprint(worded) == fingerprint(before)
    changed["components"]["schemas"]["Snapshot"]["properties"]["title"] = {"type": "string"}
    assert fingerprint(changed) != fingerprint(before)

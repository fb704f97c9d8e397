"""A long field is read in parts by a model that follows the protocol."""

import json
import re
from typing import Any

from runtime_app.db.database import Database
from runtime_app.ds.catalog import SUMMARIZE_THREAD
from runtime_app.ds.documents import Documents
from runtime_app.providers.provider import (
    ModelRequest,
)
from tests.support.predictions import Answers, made

FACTS = ("The launch code is ZEBRA-7.", "The budget is 4,711 euros.", "Mia decides on Friday.")


def reader(request: ModelRequest) -> Any:
    """Follows the protocol: searches what it wants, cites what it has found."""
    shown = json.loads(re.findall(r"<data>\n(.*)\n</data>", request.messages[1].text)[0])
    hits = [
        (query["query"]["text"], hit)
        for turn in shown["history"]
        for query in turn["results"]
        for hit in query["result"]["hits"]
    ]
    if not hits:
        queries = [
            {"tool": "search", "doc": "timeline_window", "text": fact[:14]} for fact in FACTS
        ]
        return {"decision": "refine", "notes": "looking", "queries": queries}
    citations = []
    for wanted, hit in hits:
        at = hit["text"].index(wanted)
        start = hit["start"] + at
        quote = hit["text"][at : hit["text"].index(".", at) + 1]
        citations.append(
            {"doc": "timeline_window", "start": start, "end": start + len(quote), "quote": quote}
        )
    output = {"summary": "Three facts.", "citations": citations, "confidence": 0.9}
    return {"decision": "finalize", "output": output}


def thread_of(chars: int) -> str:
    lines = [f"user: message {number} about nothing at all" for number in range(chars // 40)]
    for part, fact in enumerate(FACTS, 1):
        lines.insert(len(lines) * part // 4, f"assistant: {fact}")
    return "\n".join(lines)


def test_facts_planted_in_a_long_thread_are_found_and_cited(db: Database) -> None:
    window = thread_of(1_000_000)
    assert len(window) > 900_000
    provider = Answers(reader)
    params = {"timeline_window": window, "tool_replay": ""}
    ended = made(db, provider, SUMMARIZE_THREAD, params)
    assert ended.status == "succeeded", ended.message
    assert [each["quote"] for each in ended.output["citations"]] == list(FACTS)
    assert ended.receipt["counters"]["context_queries"] == 3
    assert ended.receipt["counters"]["iterations"] == 2
    assert max(len(message.text) for r in provider.asked for message in r.messages) < 10_000


def test_a_place_that_was_not_read_cannot_be_cited(db: Database) -> None:
    window = thread_of(20_000)
    start = window.index(FACTS[0])
    cited = {
        "doc": "timeline_window",
        "start": start,
        "end": start + len(FACTS[0]),
        "quote": FACTS[0],
    }
    output = {"summary": "s", "citations": [cited], "confidence": 1}
    provider = Answers([{"decision": "finalize", "output": output}] * 2)
    ended = made(db, provider, SUMMARIZE_THREAD, {"timeline_window": window, "tool_replay": ""})
    assert ended.error_class == "output_invalid"
    assert "was not read" in (ended.message or "")


def test_who_never_finalizes_is_stopped_by_the_budget(db: Database) -> None:
    provider = Answers(lambda _request: {"decision": "refine", "notes": "", "queries": []})
    window = thread_of(20_000)
    ended = made(db, provider, SUMMARIZE_THREAD, {"timeline_window": window, "tool_replay": ""})
    assert ended.error_class == "iteration_budget_exceeded"
    assert len(provider.asked) <= SUMMARIZE_THREAD.budget.calls
    assert provider.asked[-1].messages[1].text.endswith("finalize.")


def test_queries_are_bounded() -> None:
    documents = Documents.of({"a": "x" * 100_000}, ("a",))
    results = [
        documents.ask({"tool": "slice", "doc": "a", "start": n * 2_000, "end": 10**9})
        for n in range(15)
    ]
    shown = sum(len(each.get("text", "")) for each in results)
    assert shown <= 16_000
    assert "finalize" in results[-1]["error"]
    assert "peek, search or slice" in Documents.of({"a": ""}, ("a",)).ask({"doc": "a"})["error"]

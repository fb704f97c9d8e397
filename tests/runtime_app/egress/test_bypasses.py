"""Attempts to get past the guard: each is refused for its own reason, and nothing is sent.

The cases are in tests/corpora/egress/bypasses.jsonl, one a line: a URL (`{port}` is where this
machine would answer), the code it is refused with, why it is there, and where it matters what DNS
says of `trap.example.org`. Each is tried as the model's own URL and as where a redirect leads.
"""

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from runtime_app.egress.refusal import REASONS
from runtime_app.tools.adapters.http_get import http_get
from runtime_app.tools.context import ToolContext
from runtime_app.tools.spec import ToolError
from tests.support.egress import PUBLIC, Names, policy, watched, way_out
from tests.support.outside import Outside
from tests.support.sanitizer import SANITIZER

CORPUS = Path(__file__).resolve().parents[2] / "corpora" / "egress" / "bypasses.jsonl"
CASES: list[dict[str, Any]] = [json.loads(line) for line in CORPUS.read_text().splitlines()]
CONTEXT = ToolContext("call_1", datetime(2026, 1, 2, tzinfo=UTC))


def cases(place: str) -> list[Any]:
    """The cases to try in a place, named by their reason and number."""
    return [
        pytest.param(case, id=f"{case['code']}-{number}")
        for number, case in enumerate(CASES)
        if case.get("only", place) == place
    ]


@pytest.fixture(scope="module")
def server() -> Iterator[Outside]:
    with Outside() as running:
        yield running


@pytest.fixture(scope="module")
def listener(server: Outside) -> Iterator[socket.socket]:
    """Whatever reaches this machine by its own address, at the port that the cases name."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", server.port))
        listening.listen()
        listening.setblocking(False)
        yield listening


def fetch(server: Outside, case: dict[str, Any], url: str) -> Names:
    """Have the tool fetch a URL, and see it refused as the case says."""
    table = {"trap.example.org": [case["answers"]]} if "answers" in case else {}
    resolver = Names({"api.example.com": [[PUBLIC]], **table})
    tool = http_get(way_out(resolver), SANITIZER, policy=policy(server))
    with pytest.raises(ToolError, match=rf"\A{case['code']}: "):
        tool.adapter({"url": url}, CONTEXT)
    return resolver


def url_of(server: Outside, case: dict[str, Any]) -> str:
    return str(case["url"] * case.get("times", 1)).replace("{port}", str(server.port))


def nothing_came(listener: socket.socket) -> None:
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_there_are_enough_and_every_reason_before_a_connection_is_among_them():
    codes = {case["code"] for case in CASES}
    before = {code for code, reason in REASONS.items() if reason.stage in ("address", "resolved")}
    assert len(CASES) >= 120
    assert codes == before - {"credential_unknown", "credential_origin"}


@pytest.mark.parametrize("case", cases("first"))
def test_a_bypass_is_refused_and_nothing_is_sent(server, listener, case):
    with watched() as sent:
        resolver = fetch(server, case, url_of(server, case))
    assert sent.connects == sent.others == []
    looked_up = "answers" in case or REASONS[case["code"]].stage == "resolved"
    assert len(resolver.asked) == looked_up
    nothing_came(listener)


@pytest.mark.parametrize("case", cases("redirect"))
def test_a_redirect_to_it_is_refused_and_nothing_more_is_sent(server, listener, case):
    before = len(server.heads)
    start = f"https://api.example.com:{server.port}/redirect?to={quote(url_of(server, case))}"
    if "times" in case:
        start = f"https://api.example.com:{server.port}/far"
    with watched() as sent:
        fetch(server, case, start)
    assert sent.connects == [(PUBLIC, server.port)]
    assert len(server.heads) == before + 1
    nothing_came(listener)

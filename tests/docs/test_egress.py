"""EGRESS.md says what the guard does: its codes, its limits, what the tool takes."""

from runtime_app.egress.destination import MAX_URL
from runtime_app.egress.policy import EgressLimits
from runtime_app.egress.refusal import REASONS
from runtime_app.tools.adapters.http_get import _BODY_BYTES, _HEADER_CHARS
from tests.docs.markdown import document

PAGE = document("docs/EGRESS.md")
STAGES = {
    "address": "before DNS",
    "resolved": "before the connection",
    "connecting": "connecting",
    "answer": "in the answer",
}


def test_every_code_has_its_row() -> None:
    told = [row for row in PAGE.rows("code") if row]
    assert told == [
        [f"`{code}`", STAGES[reason.stage], reason.doc] for code, reason in REASONS.items()
    ]


def test_the_limits_are_those_of_the_code() -> None:
    limits = EgressLimits()
    assert [row[1] for row in PAGE.rows("of a fetch")] == [
        f"{limits.redirects}",
        f"{limits.resolve_s} s",
        f"{limits.connect_s} s",
        f"{limits.total_s} s",
        f"{limits.header_bytes} bytes",
        f"{limits.wire_bytes} bytes",
        f"{limits.pieces}",
        f"{limits.body_bytes} bytes",
        f"{limits.expansion} times",
    ]
    assert f"at most {MAX_URL:,} characters" in PAGE.text
    assert f"{_BODY_BYTES // 1024} KiB is cut" in PAGE.text
    assert f"up to {_HEADER_CHARS} characters" in PAGE.text

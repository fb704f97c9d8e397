"""`demo`: one run with a tool call over HTTP, its stream as it comes, then its receipt."""

import re

from tests.cli.conftest import Oa
from tests.support.api import Api


def test_the_demo_shows_the_tool_call_the_answer_and_a_receipt(oa: Oa, api: Api) -> None:
    out = oa.ok("demo")
    (run_id,) = set(re.findall(r"demo-[0-9a-f]+", out))
    stream, _, receipt = out.partition("\nreceipt\n")
    assert "user: What time is it?" in stream
    assert stream.index("[tool call clock {}]") < stream.index('[tool result {"time": ')
    assert "This is a scripted demo. The tool says:" in stream
    assert stream.rstrip().endswith("[finish stop]")
    snapshot = api.as_user(1).snapshot(run_id, f"thread-{run_id}")
    usage = snapshot["usage"]
    assert [line.strip() for line in receipt.splitlines()] == [
        f"run     {run_id}: completed",
        "model   scripted/demo (scripted, no real model)",
        f"events  {snapshot['latestSeq']}, chain verified, head {snapshot['chainHead'][:16]}…",
        f"usage   {usage['inputTokens']} tokens in, {usage['outputTokens']} out, "
        "2 model calls, 1 tool calls",
        "cost    0 (scripted)",
    ]


def test_the_demo_sends_what_it_is_told_to(oa: Oa) -> None:
    out = oa.ok("demo", "What is 6*7?")
    assert '[tool call calc {"expression": "6*7"}]' in out
    assert '[tool result {"value": 42}]' in out


def test_a_message_that_needs_no_tool_is_answered_without_one(oa: Oa) -> None:
    out = oa.ok("demo", "hello")
    assert "[tool call" not in out
    assert "You said: “hello”" in out
    assert "0 tool calls" in out

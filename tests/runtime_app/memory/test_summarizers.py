"""Summaries without a model: bounded, cited, the same in every process."""

import subprocess
import sys

from runtime_app.memory.lines import Line, line_of
from runtime_app.memory.summarizers import EXTRACTIVE, VERBATIM, summarize
from runtime_app.memory.tokens import estimated

LINES = [
    *(
        Line(f"1#{n}", "assistant", f"Wind {n} was weak. {'It rained again. ' * 20} Then calm.")
        for n in range(12)
    ),
    Line("1#91", "user", "The boat leaves at nine. " + "x" * 900),
    Line("1#92", "tool", "clock succeeded {}"),
    Line("1#93", "end", "run completed completed"),
]


def test_few_lines_are_kept_as_they_are():
    found = summarize(LINES[:2], 400)
    assert found.summarizer == VERBATIM
    assert found.text.splitlines() == [str(line) for line in LINES[:2]]


def test_of_many_those_that_say_most_stay_in_their_order_and_within_the_limit():
    found = summarize(LINES, 400)
    shown = found.text.splitlines()
    assert found.summarizer == EXTRACTIVE
    assert estimated(found.text) <= 400
    assert [line.partition("]")[0] for line in shown[-3:]] == ["[1#91", "[1#92", "[1#93"]
    assert "The boat leaves at nine." in shown[-3]
    cited = [int(line.partition("#")[2].partition("]")[0]) for line in shown]
    assert cited == sorted(cited)


def test_another_process_writes_the_same_bytes():
    code = (
        "from tests.runtime_app.memory.test_summarizers import LINES, summarize\n"
        "print(summarize(LINES, 600).text)"
    )
    for seed in ("1", "2"):
        other = subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            check=True,
        )
        assert other.stdout == summarize(LINES, 600).text + "\n"


def test_a_line_says_what_memory_needs_and_no_more():
    result = {"tool_call_id": "c", "tool_name": "find", "status": "succeeded", "output": "y" * 999}
    line = line_of("1#4", "tool.result", result)
    assert line is not None
    assert line.kind == "tool"
    assert len(line.text) < 430
    assert line_of("1#5", "step.started", {"step": 1}) is None
    assert line_of("1#6", "frame.accepted", {}) is None

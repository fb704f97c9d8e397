"""Runs whose model goes round in circles, and busy ones that do not."""

from typing import Any

from tests.support.api import Api, fresh, parts, text_of
from tests.web.endings import ended

#: What a model asks for -> the pattern, and the steps after which its run ends.
CIRCLES = {
    "wrong": ("invalid_calls", 4),
    "same": ("repeat", 8),
    "two": ("ping_pong", 12),
    "poll": ("polling", 23),
}


def detected(api: Api, run: tuple[str, str]) -> list[dict[str, Any]]:
    return [e["payload"] for e in api.events(*run) if e["type"] == "run.loop_detected"]


def test_a_circle_is_told_and_then_ends_the_run(api: Api) -> None:
    runs = {}
    for asks in CIRCLES:
        runs[asks] = run = fresh(), fresh("t")
        assert api.start(*run, model=f"scripted/tools?calls=32&parallel=0&asks={asks}").ok
        assert api.frame(*run, "f1").status_code == 202
    for asks, (pattern, steps) in CIRCLES.items():
        told = parts(api.stream(*runs[asks]))
        snapshot = api.snapshot(*runs[asks])
        assert snapshot["terminal"]["reasonClass"] == "loop_detected", (asks, snapshot["terminal"])
        assert snapshot["steps"] == steps
        assert snapshot["pendingToolCalls"] == []
        levels = [(each["level"], each["pattern"]) for each in detected(api, runs[asks])]
        assert levels[0] == ("warning", pattern)
        assert levels[-1] == ("critical", pattern)
        assert [part["type"] for part in told][-3:] == ["data-run-limit", "error", "finish"]
        assert told[-3]["data"] == detected(api, runs[asks])[-1]
        assert told[-2]["errorText"] == snapshot["terminal"]["reason"]


def test_a_warning_leaves_the_run_alone(api: Api) -> None:
    run = ended(api, model="scripted/tools?calls=5&parallel=0&asks=same")
    assert api.snapshot(*run)["terminal"]["status"] == "completed"
    assert text_of(api.stream(*run)) == "Called calc 5 times."
    assert detected(api, run) == [
        {"level": "warning", "pattern": "repeat", "times": 4, "tools": ["calc"], "step": 4}
    ]


def test_ninety_different_calls_are_healthy(api: Api) -> None:
    run = ended(api, model="scripted/tools?calls=90&parallel=3&asks=new")
    snapshot = api.snapshot(*run)
    assert snapshot["terminal"]["status"] == "completed"
    assert (snapshot["steps"], snapshot["usage"]["toolCalls"]) == (31, 90)
    assert detected(api, run) == []

"""How runs end: answered, completed, cancelled, capped, or without a model."""

from typing import Any

import pytest

from tests.support.api import Api, fresh, parts, text_of
from tests.support.stack import eventually
from tests.web import routes
from tests.web.endings import ended
from tests.web.envelope import fields, refused


def status_is(api: Api, run: tuple[str, str], status: str) -> dict[str, Any]:
    """The snapshot of the run once it has this status."""

    def look() -> dict[str, Any] | None:
        snapshot = api.snapshot(*run)
        return snapshot if snapshot["status"] == status else None

    return eventually(look, within_s=20, what=f"{run[0]} is {status}")


def start(api: Api, **fields_of_run: Any) -> tuple[str, str]:
    """A run that waits for its first message."""
    run = fresh(), fresh("t")
    assert api.start(*run, **{"model": "scripted/echo", **fields_of_run}).status_code == 201
    return run


def test_a_session_waits_between_its_turns_and_ends_when_it_is_completed(api: Api) -> None:
    run = start(api, mode="session")
    assert api.frame(*run, "f1", "one").status_code == 202
    waiting = status_is(api, run, "waiting_input")
    assert waiting["terminal"] is None
    assert api.frame(*run, "f2", "two").status_code == 202
    eventually(lambda: api.snapshot(*run)["steps"] == 2, within_s=20, what="the second turn")
    status_is(api, run, "waiting_input")
    done = api.frame(*run, "f3", type="complete", payload={"reason": "said all"})
    assert done.status_code == 202
    assert status_is(api, run, "completed")["terminal"]["reasonClass"] == "completed"
    events = list(api.stream(*run))
    assert text_of(events) == "onetwo"
    types = [part["type"] for part in parts(events)]
    assert types.count("start") == 2
    assert [event.data for event in events].count("[DONE]") == 1
    ids = {part["messageId"] for part in parts(events) if part["type"] == "start"}
    assert len(ids) == 2


def test_completion_comes_after_what_was_accepted_before_it(api: Api) -> None:
    run = start(api, mode="session")
    assert api.frame(*run, "f1", "first").status_code == 202
    assert api.frame(*run, "f2", type="complete", payload={}).status_code == 202
    assert text_of(api.stream(*run)) == "first"
    assert api.snapshot(*run)["terminal"]["status"] == "completed"


def test_a_session_that_is_completed_before_its_first_turn_completes(api: Api) -> None:
    run = start(api, mode="session")
    assert api.frame(*run, "f1", type="complete", payload={}).status_code == 202
    assert status_is(api, run, "completed")["steps"] == 0


def test_a_cancel_ends_a_run_in_the_middle_of_its_answer(api: Api) -> None:
    run = start(api, model="scripted/stall?after=3")
    assert api.frame(*run, "f1").status_code == 202
    eventually(
        lambda: "text.delta" in [event["type"] for event in api.events(*run)],
        within_s=20,
        what="the answer has begun",
    )
    answer = api.cancel(*run, reason="enough")
    assert answer.status_code == 202
    expected = {"runId": run[0], "status": "canceling", "cancelRequested": True}
    assert answer.json() == {**expected, "idempotentReplay": False}
    again = api.cancel(*run)
    assert again.status_code == 200
    assert again.json()["status"] in ("canceling", "canceled")
    assert again.json()["idempotentReplay"] is True
    events = list(api.stream(*run))
    assert [part["type"] for part in parts(events)][-1] == "abort"
    assert events[-1].data == "[DONE]"
    terminal = api.snapshot(*run)["terminal"]
    assert (terminal["status"], terminal["reasonClass"]) == ("canceled", "canceled_by_user")
    last = api.cancel(*run)
    assert (last.status_code, last.json()["status"]) == (200, "canceled")
    types = [event["type"] for event in api.events(*run)]
    assert types.count("run.cancel_requested") == 1
    assert types.count("run.finished") == 1


def test_a_cancel_of_a_run_that_has_not_begun_ends_it(api: Api) -> None:
    run = routes.start(api)
    assert api.cancel(*run).status_code == 202
    assert status_is(api, run, "canceled")["cancelRequested"] is True


def test_a_cancel_of_a_completed_run_changes_nothing(api: Api) -> None:
    run = ended(api)
    before = api.snapshot(*run)
    answer = api.cancel(*run)
    assert answer.status_code == 200
    expected = {"runId": run[0], "status": "completed", "cancelRequested": True}
    assert answer.json() == {**expected, "idempotentReplay": True}
    assert api.snapshot(*run) == before


def test_a_cancel_frame_does_what_the_cancel_route_does(api: Api) -> None:
    run = start(api, model="scripted/stall?after=1")
    assert api.frame(*run, "f1").status_code == 202
    cancel = {"type": "cancel", "payload": {"reason": "no more"}}
    assert api.frame(*run, "f2", **cancel).status_code == 202
    status_is(api, run, "canceled")
    asked = [e for e in api.events(*run) if e["type"] == "run.cancel_requested"]
    assert [event["payload"] for event in asked] == [{"reason": "no more"}]
    assert api.frame(*run, "f2", **cancel).status_code == 200
    assert api.cancel(*run).status_code == 200


def test_the_reason_of_a_cancel_is_bounded_text(api: Api) -> None:
    run = routes.start(api)
    for reason in ("x" * 1001, 1, None):
        error = refused(api.cancel(*run, reason=reason), 400, "invalid_request")
        assert fields(error) == ["reason"]
    assert api.snapshot(*run)["cancelRequested"] is False


def test_two_runs_of_one_thread_do_not_mix(api: Api) -> None:
    thread_id = fresh("t")
    runs = [(fresh(), thread_id) for _ in range(2)]
    for number, run in enumerate(runs):
        assert api.start(*run, model="scripted/echo?delay_ms=50").status_code == 201
        assert api.frame(*run, "f1", f"question number {number}").status_code == 202
    for number, run in enumerate(runs):
        assert text_of(api.stream(*run)) == f"question number {number}"
        assert api.get("/integrity", *run).json()["verified"] is True


@pytest.mark.parametrize(
    ("model", "caps", "reason_class"),
    [
        ("scripted/tools?calls=3", {"steps": 1}, "max_steps_exceeded"),
        ("scripted/tools?calls=3", {"model_calls": 1}, "max_model_calls_exceeded"),
        ("scripted/throttle?retry_after=1", {"wall_clock_s": 1}, "max_wall_clock_exceeded"),
        ("scripted/tools?calls=3", {"tokens": 1}, "max_tokens_exceeded"),
        ("scripted/tools?calls=3&parallel=1", {"tool_calls": 1}, "max_tool_calls_exceeded"),
    ],
    ids=str,
)
def test_a_run_that_reaches_its_own_cap_ends_there(
    api: Api, model: str, caps: dict[str, int], reason_class: str
) -> None:
    run = ended(api, model=model, caps=caps)
    snapshot = api.snapshot(*run)
    terminal = snapshot["terminal"]
    assert (terminal["status"], terminal["reasonClass"]) == ("failed", reason_class)
    (cap,) = caps
    assert cap in terminal["reason"]
    assert snapshot["steps"] == 1
    told = parts(api.stream(*run))[-3:]
    assert [part["type"] for part in told] == ["data-run-limit", "error", "finish"]
    assert told[0]["data"] == {"cap": cap, "limit": 1, "used": told[0]["data"]["used"]}
    assert told[1]["errorText"] == terminal["reason"]
    assert told[2]["finishReason"] == "error"


def test_a_tool_result_that_is_written_as_a_large_integer_is_a_result(api: Api) -> None:
    """0.5 * 2e20 is a float whose canonical text is an integer that no request may carry."""
    run = ended(api, "0.5 * 200000000000000000000", model="scripted/demo")
    snapshot = api.snapshot(*run)
    assert snapshot["terminal"]["status"] == "completed", snapshot["terminal"]
    results = [e["payload"] for e in api.events(*run) if e["type"] == "tool.result"]
    assert [result["output"] for result in results] == [{"value": 1e20}]
    assert api.get("/integrity", *run).json()["verified"] is True


def test_a_cap_that_is_not_reached_ends_nothing(api: Api) -> None:
    caps = {"steps": 4, "model_calls": 4, "tool_calls": 3}
    run = ended(api, model="scripted/tools?calls=3&parallel=0", caps=caps)
    assert api.snapshot(*run)["terminal"]["status"] == "completed"


@pytest.mark.parametrize(
    ("model", "culprit"),
    [
        ("nobody/knows-it", "'nobody'"),
        ("scripted/nothing", "'nothing'"),
        ("scripted/echo?loud=1", "'loud'"),
        ("no-slash", "'no-slash'"),
    ],
)
def test_a_model_that_does_not_exist_fails_the_run_and_says_so(
    api: Api, model: str, culprit: str
) -> None:
    run = ended(api, model=model)
    terminal = api.snapshot(*run)["terminal"]
    assert (terminal["status"], terminal["reasonClass"]) == ("failed", "provider_unavailable")
    assert "expected" in terminal["reason"]
    assert culprit in terminal["reason"]
    told = parts(api.stream(*run))
    assert [part["type"] for part in told][-2:] == ["error", "finish"]
    assert told[-2]["errorText"] == terminal["reason"]

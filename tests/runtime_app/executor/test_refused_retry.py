"""A retry that no budget is left for says so in the log, and its run in its end."""

from dataclasses import replace

from runtime_app.db.database import Database
from runtime_app.executor.step import Executor
from runtime_app.replay.frozen import replay
from runtime_app.resilience.rate_budgets import RateBudgets
from runtime_app.resilience.rate_limits import RateTable
from runtime_app.resilience.retry_budget import AT_LEAST
from tests.support.dispatcher import RecordingDispatcher
from tests.support.executors import executor
from tests.support.runs import events_after, fresh_run, post

PROVIDER = "scripted.delta"
MODEL = "scripted/fail?after=0&error=unreachable&as=delta"


def failures(db: Database, steps: Executor, model: str) -> list[tuple[str, str | None]]:
    """How the calls of a run ended and why, that is stepped to its end."""
    run_id = fresh_run(db, model=model)
    post(db, run_id, "f1")
    assert steps.step(run_id) == "finished"
    events = events_after(db, run_id)
    assert events[-1].payload["reason_class"] == "provider_unavailable"
    assert replay(run_id, events).divergence is None
    failed = [each.payload for each in events if each.type == "model.call_failed"]
    return [(each["kind"], each.get("reason_code")) for each in failed]


def test_one_that_the_retry_budget_refuses(db: Database, recorder: RecordingDispatcher) -> None:
    with executor(db, recorder) as steps:
        for _ in range(AT_LEAST):
            steps.guard.retries.take(PROVIDER, steps.clock.monotonic(), retry=True)
        assert failures(db, steps, MODEL) == [
            ("unreachable", None),
            ("rejected", "provider_failed.retry_budget"),
        ]


def test_one_that_the_rate_budget_refuses(db: Database, recorder: RecordingDispatcher) -> None:
    with executor(db, recorder) as steps:
        budgets = RateBudgets(db, steps.clock)
        limited = replace(
            steps.guard, rates=RateTable.parse("scripted.epsilon=1/-"), budgets=budgets
        )
        model = "scripted/fail?after=0&error=provider_fault&as=epsilon"
        assert failures(db, replace(steps, guard=limited), model) == [
            ("provider_fault", None),
            ("rejected", "provider_failed.rate_budget"),
        ]

"""A step as its attempts go by: what each keeps of the one before. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from runtime_app.fold.state import Failure, Step


def begun(before: Step | None, step: Step) -> Step:
    """`step` has begun; after a hop it began when the provider that was left was first asked."""
    if before is None or before.number != step.number:
        return step
    return _of_same_step(replace(step, began_at=before.began_at or step.began_at), before)


def superseded(step: Step, number: int, attempt: int) -> Step:
    """An attempt counts no longer: its executor is gone, or another provider is asked."""
    torn = Step(number, attempt, finished=True, finish_reason="superseded")
    began_at = None if step.failure is None else step.began_at
    return _of_same_step(replace(torn, began_at=began_at), step)


def left(step: Step, told: Mapping[str, Any]) -> Step:
    """Another provider is asked, as `provider.fallback` tells it."""
    names = ("from", "to", "policy_decision_id")
    fallback = {**{name: told[name] for name in names}, "reason": told["outcome"]}
    return replace(step, hops=step.hops + 1, model=told["to"], fallback=fallback)


def failed(step: Step, told: Mapping[str, Any]) -> Step:
    """A model call has failed, as `model.call_failed` tells it."""
    failure = Failure(told["kind"], told["message"], told["retryable"], told.get("retry_after_s"))
    tried = (*step.tried, *told.get("provider", {}).get("attempts", ())[-1:])
    return replace(step, failure=failure, failures=step.failures + 1, tried=tried)


def _of_same_step(step: Step, before: Step) -> Step:
    return replace(
        step,
        hops=before.hops,
        model=before.model,
        tried=before.tried,
        fallback=before.fallback,
    )

"""What the running workers say of their settings, and what no task of ours asks for."""

import ast
from typing import Any

import pytest

from runtime_app.dispatch.jobs import JOBS
from tasks import settings
from tests.architecture.sources import files, nodes, place
from tests.support.messages import celery_of
from tests.support.stack import eventually

POOLS = {"runs": "thread", "tools": "prefork", "settlement": "prefork", "maintenance": "prefork"}


@pytest.fixture(scope="module")
def workers(stack_state: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Worker -> its settings, as it answers."""
    with celery_of(stack_state) as app:

        def ask() -> dict[str, dict[str, Any]] | None:
            answers = app.control.inspect(timeout=5).conf() or {}
            found = {name.partition("@")[0]: conf for name, conf in answers.items()}
            return found if set(found) == set(POOLS) else None

        return eventually(ask, within_s=60, what="an answer of every worker")


@pytest.mark.parametrize("worker", POOLS)
def test_a_running_worker_has_the_settings_of_all(workers: dict[str, Any], worker: str):
    told = {name: settings.FOR_ALL[name] for name in workers[worker] if name in settings.FOR_ALL}
    assert set(told) == set(settings.FOR_ALL)
    # Queues are objects here and text there; what is called a key is not shown.
    told.pop("task_queues")
    told["broker_transport_options"] = {
        **settings.FOR_ALL["broker_transport_options"],
        "global_keyprefix": "********",
    }
    for name, value in told.items():
        assert workers[worker][name] == (list(value) if isinstance(value, tuple) else value), name
    assert "result_backend" not in workers[worker]


@pytest.mark.parametrize(("worker", "pool"), POOLS.items())
def test_a_running_worker_has_the_settings_of_its_pool(
    workers: dict[str, Any], worker: str, pool: str
):
    for name, value in settings.FOR_POOL[pool].items():
        assert workers[worker][name] == value, name


def test_a_task_may_take_as_long_as_its_queue_says(stack_state: dict[str, Any]):
    assert set(settings.TIME_LIMITS_S) == set(settings.QUEUES)
    told = {kind: row["time_limit"] for kind, row in settings.FOR_ALL["task_annotations"].items()}
    limits = {job.kind: settings.TIME_LIMITS_S[job.queue] for job in JOBS}
    assert told == {kind: limit for kind, limit in limits.items() if limit is not None}
    assert limits["runs.step"] is None
    with celery_of(stack_state) as app:
        answers = app.control.inspect(timeout=5).registered("time_limit") or {}
    [maintenance] = [tasks for name, tasks in answers.items() if name.startswith("maintenance@")]
    assert "maintenance.prune_nonces [time_limit=300]" in maintenance
    assert "tools.execute [time_limit=1260]" in maintenance
    assert "runs.step" in maintenance


def test_a_message_outlives_the_longest_task():
    longest_s = max(limit for limit in settings.TIME_LIMITS_S.values() if limit)
    assert settings.FOR_ALL["broker_transport_options"]["visibility_timeout"] > longest_s


def test_no_delay_and_no_retry_is_left_to_the_broker():
    """Delays and attempts live in the rows; the broker may lose what it holds."""
    banned = {"countdown", "eta", "retry", "default_retry_delay", "autoretry_for", "retry_backoff"}
    found = [
        f"{place(path, node)} {name}"
        for path in (*files("tasks", "beat_schedule.py"), *files("runtime_app/dispatch"))
        for node in nodes(path)
        for name in names(node)
        if name in banned and not is_off(node)
    ]
    assert found == []


def names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Call):
        called = node.func
        return [called.attr] if isinstance(called, ast.Attribute) else []
    return [node.arg] if isinstance(node, ast.keyword) and node.arg else []


def is_off(node: ast.AST) -> bool:
    value = node.value if isinstance(node, ast.keyword) else None
    return isinstance(value, ast.Constant) and not value.value

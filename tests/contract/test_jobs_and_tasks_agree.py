"""Job kinds, Celery's task names, routed queues and beat rows are one vocabulary."""

import ast
import json
import subprocess
import sys
import time
from dataclasses import fields
from typing import Any

import pytest

from beat_schedule import BEAT
from runtime_app import roles
from runtime_app.dispatch import jobs
from runtime_app.dispatch.jobs import JOBS, Job, Predict
from runtime_app.events.catalog import CATALOG
from tasks.settings import TIME_LIMITS_S
from tests.architecture.sources import PROJECT, files, nodes, place
from tests.support.sanitizer import KEYS

#: Nothing is connected to: the app is imported, not started.
ENVIRONMENT = {
    "DATABASE_URL": "postgresql://nobody@localhost/nothing",
    "OA_BROKER_URL": "redis://localhost:1",
    "OA_SIGNING_KEYS": "test:0123456789abcdef",
    "OA_SANITIZER_KEYS": KEYS,
}
LOOK = """
import inspect, json
from tasks.app import app
from tasks.ticks import entries
app.loader.import_default_modules()
tasks = {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}
print(json.dumps({
    "tasks": {name: list(inspect.signature(task.run).parameters) for name, task in tasks.items()},
    "modules": sorted({task.run.__module__ for task in tasks.values()}),
    "imports": app.conf.imports,
    "queues": [queue.name for queue in app.conf.task_queues],
    "routes": {kind: route["queue"] for kind, route in app.conf.task_routes.items()},
    "default": app.conf.task_default_queue,
    "beat": {
        name: {
            **{field: entry[field] for field in ("task", "options")},
            "every_s": entry["schedule"].seconds,
            "tick_s": entry["kwargs"]["tick_s"](),
        }
        for name, entry in entries().items()
    },
}))
"""


@pytest.fixture(scope="module")
def celery() -> dict[str, Any]:
    """What the Celery app says of itself, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=PROJECT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_job_is_listed_once_and_named_once():
    written = [each for each in vars(jobs).values() if isinstance(each, type)]
    assert set(JOBS) == {each for each in written if issubclass(each, Job)} - {Job}
    assert len({job.kind for job in JOBS}) == len(JOBS)


def test_a_job_holds_ids_only():
    for job in JOBS:
        assert all(field.type in (str, "str") for field in fields(job)), job


def test_every_job_has_its_task_and_every_task_its_job(celery):
    assert set(celery["tasks"]) == {job.kind for job in JOBS}


def test_a_task_takes_what_its_job_holds_and_one_that_beat_asks_for_its_tick(celery):
    by_beat = {beat.job for beat in BEAT}
    for job in JOBS:
        held = [field.name for field in fields(job)]
        assert celery["tasks"][job.kind] == (["tick_s"] if job in by_beat else held), job.kind


def test_every_task_is_routed_to_its_jobs_queue(celery):
    assert celery["routes"] == {job.kind: job.queue for job in JOBS}


def test_every_queue_that_is_routed_to_is_there(celery):
    assert set(celery["queues"]) >= {job.queue for job in JOBS} | {celery["default"]}


def test_every_queue_has_a_worker(celery):
    consumed = {queue for role in roles.DEPLOYED for queue in role.queues}
    assert consumed == set(celery["queues"])


def test_every_module_that_holds_a_task_is_imported(celery):
    assert set(celery["modules"]) <= set(celery["imports"])


def test_a_beat_row_sends_a_job_that_needs_no_id_with_its_tick(celery):
    now_s = time.time()
    ticks = {name: entry.pop("tick_s") for name, entry in celery["beat"].items()}
    assert celery["beat"] == {
        beat.name: {
            "task": beat.job.kind,
            "every_s": beat.every_s,
            "options": {"queue": beat.job.queue, "expires": beat.expires_s},
        }
        for beat in BEAT
    }
    assert len({beat.name for beat in BEAT}) == len({beat.job for beat in BEAT}) == len(BEAT)
    for beat in BEAT:
        assert beat.job in JOBS
        assert beat.job().args() == ()
        assert ticks[beat.name] % beat.every_s == 0
        assert now_s - 60 - beat.every_s < ticks[beat.name] <= now_s


def test_a_beat_row_may_take_no_longer_than_its_queue_lets_it():
    for beat in BEAT:
        limit_s = TIME_LIMITS_S[beat.job.queue]
        assert limit_s is not None
        assert beat.takes_s <= limit_s, beat.name


def test_every_job_is_asked_for_by_an_event_or_by_beat():
    by_event = {job for spec in CATALOG.values() for job in spec.wakes}
    by_request = {Predict}
    assert by_event | by_request | {beat.job for beat in BEAT} == set(JOBS)


def test_a_job_that_an_event_asks_for_can_be_made_from_one():
    for name, spec in CATALOG.items():
        for job in spec.wakes:
            payload = dict.fromkeys(spec.required, "id")
            assert isinstance(job.for_event("r", payload), job), name


def test_a_job_that_no_event_asks_for_says_so():
    for beat in BEAT:
        with pytest.raises(TypeError, match=f"no event asks for {beat.job.kind}"):
            beat.job.for_event("r", {})


def test_a_task_is_one_call_of_the_core():
    for path in files("tasks"):
        for node in nodes(path):
            if isinstance(node, ast.FunctionDef) and {"app.task", "periodic"} & set(
                map(decorator, node.decorator_list)
            ):
                docstring, *body = node.body
                assert isinstance(docstring, ast.Expr), place(path, node)
                assert [type(each) for each in body] == [ast.Return], place(path, node)


def decorator(node: ast.expr) -> str:
    return ast.unparse(node).partition("(")[0]

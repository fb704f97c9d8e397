"""A role loads what it works with: what it does not, each of its processes would keep for good."""

import subprocess
import sys

import pytest

from tests.architecture.sources import PROJECT

_ENVIRON = {
    "DATABASE_URL": "postgresql://nobody:nothing@127.0.0.1:1/none",
    "OA_BROKER_URL": "redis://127.0.0.1:1/0",
    "OA_SIGNING_KEYS": "main:0123456789abcdef",
    "OA_SANITIZER_KEYS": "s:0123456789abcdef0123456789abcdef",
}
_NEVER = (
    "schemathesis",
    "hypothesis",
    "pytest",
    "openai",
    "anthropic",
    "opentelemetry.sdk",
    "flower",
)
_ENGINE = ("sqlalchemy", "alembic")

#: What a role imports, and what it must not have loaded then.
ROLES = {
    "web": ("web.wsgi", (*_NEVER, "alembic", "runtime_app.executor", "runtime_app.tools")),
    "workers": ("tasks.worker, tasks.runs, tasks.tools", (*_NEVER, "flask", "alembic")),
    "beat and Flower": ("tasks.schedule", (*_NEVER, *_ENGINE, "flask", "runtime_app.executor")),
    "the supervisor": ("runtime_app.cli.up", (*_NEVER, *_ENGINE, "flask", "celery", "redis")),
    "the chat page": ("runtime_app.cli.page", (*_NEVER, *_ENGINE, "flask", "celery", "redis")),
}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_loads_nothing_that_it_does_not_use(role: str) -> None:
    modules, unused = ROLES[role]
    code = f"import sys, {modules}\nprint([name for name in {unused!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env=_ENVIRON,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "[]\n", done.stderr


def test_workers_load_the_engine_before_they_fork() -> None:
    code = "import sys, tasks.worker\nprint('sqlalchemy' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env=_ENVIRON,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "True\n", done.stderr

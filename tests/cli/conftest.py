"""The operator's command line as a user runs it: a process of its own, on the shared stack."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from tests.support.sanitizer import KEYS
from tests.support.stack import PROJECT, environment

LONG_KEY = "0123456789abcdef" * 2


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Oa:
    """Runs `oa-runtime` with the stack of `home` behind it."""

    home: Path

    def __call__(self, *words: str, **env: str) -> Done:
        """One command to its end; `env` adds settings."""
        done = subprocess.run(
            [sys.executable, "-m", "runtime_app", *words],
            cwd=PROJECT,
            env=environment(self.home, env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def ok(self, *words: str, **env: str) -> str:
        """One command that must succeed; what it has printed."""
        done = self(*words, **env)
        assert done.code == 0, f"{' '.join(words)}: {done.out}\n{done.err}"
        return done.out


@pytest.fixture
def oa(stack_state: dict[str, Any]) -> Oa:
    """The command line on the shared stack."""
    return Oa(Path(os.environ["OA_TEST_HOME"]))


@pytest.fixture
def oa_alone(tmp_path: Path) -> Oa:
    """The command line where no stack is running."""
    return Oa(tmp_path / "home")


@pytest.fixture
def empty_database_url(stack_state: dict[str, Any]) -> Iterator[str]:
    """A database of the test's own without any schema."""
    owner_url = stack_state["owner_database_url"]
    name = f"t_{uuid.uuid4().hex[:12]}"
    execute(owner_url, f"create database {name}")
    yield owner_url.rpartition("/")[0] + "/" + name
    execute(owner_url, f"drop database {name} with (force)")


@pytest.fixture
def servers(stack_state: dict[str, Any]) -> dict[str, str]:
    """The settings of a deployment on the shared stack's servers."""
    return {
        "DATABASE_URL": stack_state["database_url"],
        "OA_DATABASE_DIRECT_URL": stack_state["direct_url"],
        "OA_BROKER_URL": stack_state["broker_url"],
        "OA_SIGNING_KEYS": f"main:{LONG_KEY}",
        "OA_SANITIZER_KEYS": KEYS,
    }


def execute(url: str, statement: str, *params: str) -> None:
    """One statement of the owner's, committed."""
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement, params or None)
    finally:
        connection.close()

"""Tests of the database room make tables of their own, which only the owner may."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.postgres import session


@pytest.fixture
def app_url(database_url: str) -> str:
    return database_url


@pytest.fixture
def empty_url(stack_state: dict[str, Any]) -> Iterator[str]:
    """A database without a schema."""
    owner_url = stack_state["owner_database_url"]
    name = f"t_{uuid.uuid4().hex[:12]}"
    with session(owner_url) as owner:
        owner.run(f"create database {name} template template0")
        yield owner_url.rpartition("/")[0] + "/" + name
        owner.run(f"drop database {name} with (force)")

"""Fixtures for all tests; they live in tests/support."""

import os

import pytest

from tests.support.chromium import browser  # noqa: F401 - a fixture
from tests.support.shared_stack import (  # noqa: F401 - fixtures
    api,
    app_url,
    choose_home,
    database_url,
    db,
    owner,
    recorder,
    replay_stack,
    stack_state,
    stop_stack,
    threads,
)


def pytest_configure(config: pytest.Config) -> None:
    choose_home(config)


def pytest_xdist_auto_num_workers() -> int:
    """Three to two cores: about half of the time a test waits for other processes."""
    return max(2, (os.cpu_count() or 1) * 3 // 2)


def pytest_sessionfinish(session: pytest.Session) -> None:
    replay_stack(session)


def pytest_unconfigure(config: pytest.Config) -> None:
    stop_stack(config)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What asks the npm client's parser needs Node."""
    for item in items:
        if "parser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.node)

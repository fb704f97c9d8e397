"""The PHP package's application behind nginx and php-fpm, on the shared stack."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.ai_client import build_page
from tests.support.php_application import application
from tests.support.php_site import php_site

#: A stream holds one; the tests open few.
WORKERS = 8


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name == "site":
            item.add_marker(pytest.mark.site)


@pytest.fixture(scope="session")
def site_env(stack_state: dict[str, Any]) -> Iterator[dict[str, str]]:
    """The application's settings; its tables are made."""
    with tempfile.TemporaryDirectory(prefix="oa-site-") as folder:
        yield application(Path(folder), stack_state)


@pytest.fixture(scope="session")
def site(site_env: dict[str, str]) -> Iterator[str]:
    """The address of the site."""
    with _served(site_env, WORKERS) as url:
        yield url


@pytest.fixture(scope="session")
def accel_site(site_env: dict[str, str]) -> Iterator[str]:
    """The same application where nginx carries the streams, with one worker."""
    with _served({**site_env, "OA_RUNTIME_STREAM_ACCEL": "true"}, 1) as url:
        yield url


@contextmanager
def _served(env: dict[str, str], workers: int) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="oa-served-") as folder:
        home = Path(folder)
        (home / "page").mkdir()
        build_page(home / "page")
        with php_site(home, env, workers=workers) as url:
            yield url

"""The PHP package's application behind nginx and php-fpm, on the shared stack."""

import tempfile
from collections.abc import Iterator
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
def site(stack_state: dict[str, Any]) -> Iterator[str]:
    """The address of the site."""
    with tempfile.TemporaryDirectory(prefix="oa-site-") as folder:
        home = Path(folder)
        (home / "page").mkdir()
        build_page(home / "page")
        with php_site(home, application(home, stack_state), workers=WORKERS) as url:
            yield url

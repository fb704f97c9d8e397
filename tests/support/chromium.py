"""A real browser."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

WITHIN_MS = 20_000


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium as the system has it."""
    program = shutil.which("chromium")
    assert program, "these tests need Chromium on the PATH (on Debian: chromium)"
    expect.set_options(timeout=WITHIN_MS)
    with sync_playwright() as playwright:
        # Its sandbox does not work for root, and it opens nothing but our own pages.
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield chromium
        chromium.close()

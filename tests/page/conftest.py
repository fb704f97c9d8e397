"""A real browser on the shared stack's page; whatever it complains of fails the test."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.page.chat import Chat

WITHIN_MS = 20_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name == "page" and "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.page)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium as the system has it."""
    program = shutil.which("chromium")
    assert program, "these tests need Chromium on the PATH (on Debian: chromium)"
    expect.set_options(timeout=WITHIN_MS)
    with sync_playwright() as playwright:
        # Its sandbox does not work for root, and it opens nothing but our own page.
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def chat(browser: Browser, stack_state: dict[str, Any]) -> Iterator[Chat]:
    """The page of the shared stack, opened by a new user."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    chat = Chat(context.new_page(), stack_state)
    chat.open()
    yield chat
    chat.page.wait_for_timeout(0)  # hears what has been said so far
    context.close()
    assert chat.complaints == []


@pytest.fixture
def page(chat: Chat) -> Page:
    return chat.page

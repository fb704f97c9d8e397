"""A real browser on the shared stack's page; whatever it complains of fails the test."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.page.chat import Chat


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name == "page" and "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.page)


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

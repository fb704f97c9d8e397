"""The page as a picture: wide, narrow, dark. The pictures stay in .local/page, to be looked at."""

import pytest
from playwright.sync_api import Browser, expect

from tests.page.chat import Chat
from tests.support.stack import PROJECT

VIEWS = {
    "wide": {"viewport": {"width": 1280, "height": 860}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 860}, "color_scheme": "dark"},
    "narrow": {"viewport": {"width": 390, "height": 800}, "color_scheme": "light"},
    "tiny": {"viewport": {"width": 320, "height": 560}, "color_scheme": "dark"},
}


@pytest.mark.parametrize("name", VIEWS)
def test_nothing_is_cut_off_or_hidden(browser: Browser, stack_state, name: str):
    context = browser.new_context(**VIEWS[name])
    chat = Chat(context.new_page(), stack_state)
    chat.open()
    expect(chat.page.locator(".welcome")).to_be_visible()
    _picture(chat, f"{name}-empty")
    chat.say("What is 6*7?", "Demo (scripted)")
    chat.wait_ended()
    chat.say("A long word: " + "x" * 300, "Echo (scripted)")
    expect(chat.turns).to_have_count(2)
    chat.wait_ended()
    chat.receipt.locator("summary").click()
    assert (
        chat.page.evaluate("document.documentElement.scrollWidth")
        <= (VIEWS[name]["viewport"]["width"])
    )
    chat.receipt.locator("dl").wait_for()
    chat.page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
    receipt = chat.receipt.locator("dl").bounding_box()
    composer = chat.page.locator("#composer").bounding_box()
    assert receipt["y"] + receipt["height"] < composer["y"]
    expect(chat.page.get_by_role("button", name="Send")).to_be_in_viewport()
    expect(chat.page.get_by_label("Message")).to_be_in_viewport()
    _picture(chat, f"{name}-talk")
    assert chat.complaints == []
    context.close()


def _picture(chat: Chat, name: str) -> None:
    chat.page.screenshot(path=PROJECT / ".local" / "page" / f"{name}.png", animations="disabled")

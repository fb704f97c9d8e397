"""`useChat` on a page of the site, in a browser."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.api import Api, fresh

COUNT = 60
LONG = f"scripted/tokens?n={COUNT}&delay_ms=120"


@pytest.fixture
def thread() -> str:
    return fresh("u42.")


@pytest.fixture
def opened(browser: Browser, site: str, thread: str) -> Iterator[Callable[[str], Page]]:
    """Open the thread's page for a model; whatever it complains of fails the test."""
    context = browser.new_context()
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def open_page(model: str) -> Page:
        query = f"thread={thread}&who=u42&model={model.replace('&', '%26')}"
        page.goto(f"{site}/page/page.html?{query}")
        expect(page.locator("output")).to_have_text("ready")
        return page

    yield open_page
    page.wait_for_timeout(0)  # hears what has been said so far
    context.close()
    assert complaints == []


def say(page: Page, text: str) -> None:
    page.get_by_label("Message").fill(text)
    page.keyboard.press("Enter")


def numbers(page: Page) -> list[int]:
    """The pieces of the only answer, by their numbers."""
    return [int(number) for number in re.findall(r"\d+", page.locator(".assistant").inner_text())]


def test_text_comes_piece_by_piece(opened):
    page = opened(LONG)
    say(page, "go")
    expect(page.locator(".assistant")).to_contain_text("3.")
    expect(page.locator("output")).to_have_text("streaming")
    assert numbers(page)[-1] < COUNT
    expect(page.locator("output")).to_have_text("ready")
    assert numbers(page) == list(range(1, COUNT + 1))


def test_a_tool_call_is_shown_with_its_output(opened):
    page = opened("scripted/demo")
    say(page, "what is 6*7?")
    expect(page.locator("pre")).to_have_text(
        '["output-available",{"expression":"6*7"},{"value":42}]'
    )
    expect(page.locator(".assistant")).to_contain_text("42")


def test_a_reload_in_the_middle_goes_on_with_the_answer_once(opened):
    page = opened(LONG)
    say(page, "go")
    expect(page.locator(".assistant")).to_contain_text("10.")
    page.reload()
    expect(page.locator(".assistant")).to_contain_text(f"{COUNT}.")
    expect(page.locator(".assistant")).to_have_count(1)
    expect(page.locator(".user")).to_have_text("go")
    assert numbers(page) == list(range(1, COUNT + 1))
    expect(page.locator("output")).to_have_text("ready")


def test_a_conversation_that_has_ended_is_there_again(opened):
    page = opened("scripted/demo")
    for number, text in enumerate(("what is 6*7?", "what time is it?"), 1):
        say(page, text)
        expect(page.locator(".assistant")).to_have_count(number)
        expect(page.locator(".assistant").last).to_contain_text("The tool says")
        expect(page.locator("output")).to_have_text("ready")
    before = page.locator("form").inner_text()
    page.reload()
    expect(page.locator(".assistant")).to_have_count(2)
    assert page.locator("form").inner_text() == before


def test_stop_cancels_the_run(opened, api: Api, thread: str):
    page = opened(LONG)
    say(page, "go")
    expect(page.locator(".assistant")).to_contain_text("5.")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("output")).to_have_text("ready")
    assert numbers(page)[-1] < COUNT
    state = api.send("GET", f"/threads/{thread}/state", thread_id=thread).json()
    assert [run["status"] for run in state["runs"]] == ["canceled"]

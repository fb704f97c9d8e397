"""The chat page as a test uses it."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.support.api import Api

LONG = "Talk for a while"


class Chat:
    """One browser page on the chat page of a stack.

    Attributes:
        complaints: errors of scripts and of the console, dialogs, and refusals of the policy.
        sent: the headers of every request that the browser has made.
        got: the bodies of all files and JSON answers that it was given.
    """

    def __init__(self, page: Page, state: dict[str, Any]) -> None:
        self.page = page
        self.url: str = state["page_url"]
        self.state = state
        self.complaints: list[str] = []
        self.sent: list[dict[str, str]] = []
        page.set_default_timeout(20_000)
        page.on("console", lambda said: self._complain(said.text, said.type == "error"))
        page.on("pageerror", lambda error: self._complain(str(error), True))
        page.on("dialog", lambda dialog: self._complain(dialog.message, True))
        page.on("request", lambda request: self.sent.append(request.headers))

    def open(self, thread: str | None = None) -> None:
        self.page.goto(self.url + (f"/?thread={thread}" if thread else ""))

    def say(self, text: str, model: str | None = None) -> None:
        """Pick a model by its label, type, press Enter."""
        if model:
            self.page.get_by_label("Model").select_option(label=model)
        self.page.get_by_label("Message").fill(text)
        self.page.keyboard.press("Enter")

    @property
    def thread(self) -> str:
        return self.page.url.partition("thread=")[2]

    @property
    def guest(self) -> str:
        """The scope that the browser's cookie names."""
        (cookie,) = self.page.context.cookies(self.url)
        return cookie["value"]

    @property
    def api(self) -> Api:
        """The same guest over the API itself."""
        return Api.of(self.state).as_guest(self.guest)

    @property
    def turns(self) -> Locator:
        return self.page.locator(".turn")

    @property
    def answer(self) -> Locator:
        """The text of the last answer."""
        return self.turns.last.locator(".text").last

    @property
    def receipt(self) -> Locator:
        """The last turn's receipt."""
        return self.turns.last.locator(".receipt")

    def wait_ended(self, how: str = "Completed") -> None:
        expect(self.receipt.locator("summary")).to_contain_text(how)

    def numbers(self) -> list[int]:
        """The pieces of a long answer, by their numbers."""
        return [int(number) for number in re.findall(r"\d+", self.answer.inner_text())]

    def _complain(self, text: str, bad: bool) -> None:
        if bad:
            self.complaints.append(text)

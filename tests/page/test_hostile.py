"""Text from a user, a model or a tool is text; and the browser holds no key."""

import json

from playwright.sync_api import Page, expect

from tests.page.chat import Chat
from tests.support.api import fresh

MARKUP = '<img src=x onerror="alert(1)"><script>alert(2)</script></p>&amp;<b>bold</b>'


def elements(page: Page) -> int:
    """How many elements of the transcript only markup in a text can have made."""
    return page.locator(
        "main :is(img, script, iframe, b:not(.tool b), svg, a[href^='javascript'])"
    ).count()


def test_what_a_user_says_and_a_model_answers_is_shown_as_it_is(chat: Chat, page: Page):
    chat.say(MARKUP, "Echo (scripted)")
    chat.wait_ended()
    assert page.locator(".said").inner_text() == MARKUP
    assert chat.answer.inner_text() == MARKUP
    assert elements(page) == 0


def test_so_is_what_a_tool_is_given_and_what_it_answers(chat: Chat, page: Page):
    chat.say(json.dumps({"url": f"https://{MARKUP}"}), "Refused tool (scripted)")
    chat.wait_ended()
    expect(page.locator(".tool").get_by_label("Input")).to_contain_text("<script>alert(2)")
    assert elements(page) == 0


def test_so_are_names_and_reasons(chat: Chat, page: Page):
    api, thread = chat.api, fresh("t")
    assert api.start(run := fresh(), thread, model=f"scripted/{MARKUP}").ok
    assert api.frame(run, thread, "f1", "x").status_code == 202
    chat.open(thread)
    chat.wait_ended("Failed")
    chat.receipt.locator("summary").click()
    expect(chat.receipt.locator("dl")).to_contain_text("<script>")
    expect(page.get_by_role("alert").last).to_contain_text("The run has failed")
    assert elements(page) == 0


def test_right_to_left_and_invisible_characters_stay_inside_their_message(chat: Chat, page: Page):
    chat.say("‮abc ​ ⁦x", "Echo (scripted)")
    chat.wait_ended()
    assert chat.answer.text_content() == "‮abc ​ ⁦x"


def test_the_policy_refuses_inline_script_and_markup(chat: Chat, page: Page):
    made = page.evaluate(
        """() => {
            try { document.body.innerHTML = "<i>x</i>"; return "made"; }
            catch (error) { return error.name; }
        }"""
    )
    assert made == "TypeError"
    chat.complaints.clear()


def test_the_browser_never_sees_a_key_or_a_signature(chat: Chat, page: Page):
    bodies: list[str] = []
    page.on("requestfinished", lambda request: bodies.append(request.url))
    chat.say("what time is it?", "Demo (scripted)")
    chat.wait_ended()
    key = chat.state["signing_key"]
    for url in {url for url in bodies if "/stream" not in url} | {
        chat.url,
        f"{chat.url}/page.json",
    }:
        assert key not in page.request.get(url).text()
    assert not [name for headers in chat.sent for name in headers if name.startswith("x-oa-")]
    assert page.evaluate("document.cookie") == ""

"""Type, watch it stream, see the tool and the receipt."""

import re

from playwright.sync_api import Page, Route, expect

from tests.page.chat import LONG, Chat


def test_a_new_user_sees_what_to_do_and_that_the_models_are_scripts(chat: Chat, page: Page):
    expect(page.get_by_role("heading", level=2)).to_have_text("Say something, and watch the run.")
    expect(page.locator("main")).to_contain_text("no real model is asked until OPENAI_API_KEY")
    expect(page.get_by_label("Message")).to_be_focused()
    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    labels = page.locator("#model option").all_inner_texts()
    assert len(labels) > 5
    assert all(label.endswith("(scripted)") for label in labels)


def test_what_is_said_is_answered_piece_by_piece(chat: Chat, page: Page):
    chat.say("good morning to everybody who reads along", "Echo (scripted)")
    expect(page.locator(".said")).to_have_text("good morning to everybody who reads along")
    expect(chat.answer).to_have_class(re.compile("writing"))
    early = chat.answer.inner_text()
    chat.wait_ended()
    assert chat.answer.inner_text() == "good morning to everybody who reads along"
    assert len(early) < len(chat.answer.inner_text())
    expect(chat.answer).not_to_have_class(re.compile("writing"))
    expect(page.locator("#spoken")).to_have_text("Answer complete.")


def test_a_tool_call_shows_its_input_its_state_and_its_output(chat: Chat, page: Page):
    page.get_by_role("button", name="What is 6*7?").click()
    tool = page.locator(".tool")
    expect(tool.locator("h3")).to_have_text("Tool calc")
    expect(tool.get_by_label("Input")).to_have_text('{"expression":"6*7"}')
    expect(tool.get_by_label("Output")).to_have_text('{"value":42}')
    expect(tool.locator(".pill")).to_have_text("done")
    chat.wait_ended()
    expect(chat.answer).to_contain_text("42")


def test_a_tool_that_is_refused_says_why(chat: Chat, page: Page):
    chat.say('{"url": "https://example.com/"}', "Refused tool (scripted)")
    tool = page.locator(".tool")
    expect(tool.locator(".pill")).to_have_text("failed")
    expect(tool.get_by_label("Output")).to_contain_text("host_not_allowed")
    chat.wait_ended()


def test_the_receipt_is_what_the_api_says(chat: Chat, page: Page):
    chat.say("what time is it?")
    chat.wait_ended()
    run = chat.api.send("GET", f"/threads/{chat.thread}/state", thread_id=chat.thread).json()
    (run_id,) = [each["runId"] for each in run["runs"]]
    state = chat.api.snapshot(run_id, chat.thread)
    expect(chat.receipt.locator("summary")).to_contain_text("scripted")
    expect(chat.receipt.locator("summary")).to_contain_text("chain verified")
    chat.receipt.locator("summary").click()
    body = chat.receipt.locator("dl")
    for shown in (
        run_id,
        state["model"],
        "scripted, no real model",
        f"{state['usage']['inputTokens']} tokens in",
        "1 tool call",
        str(state["latestSeq"]),
        state["chainHead"][:16],
    ):
        expect(body).to_contain_text(shown)
    with page.context.expect_page() as opened:
        body.get_by_role("link", name="look at them").click()
    events = opened.value.locator("body")
    expect(events).to_contain_text('"type":"run.finished"')


def test_stop_ends_the_run(chat: Chat, page: Page):
    page.get_by_role("button", name=LONG).click()
    expect(chat.answer).to_contain_text("5.")
    page.get_by_role("button", name="Stop").click()
    chat.wait_ended("Stopped")
    expect(chat.turns.last).to_contain_text("Stopped.")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    assert chat.numbers()[-1] < 240


def test_a_failed_run_says_so_and_can_be_sent_again(chat: Chat, page: Page):
    chat.say("please fail", "Failure (scripted)")
    trouble = page.get_by_role("alert").filter(has_text="The run has failed")
    expect(trouble).to_contain_text("Choose another one")
    chat.wait_ended("Failed")
    page.get_by_label("Model").select_option(label="Echo (scripted)")
    trouble.get_by_role("button", name="Send again").click()
    expect(chat.turns).to_have_count(2)
    chat.wait_ended()
    assert chat.answer.inner_text() == "please fail"


def test_what_is_sent_before_the_page_is_ready_goes_once_it_is(chat: Chat, page: Page):
    held: list[Route] = []
    page.route("**/page.json", lambda route: held.append(route))
    with page.expect_request("**/page.json"):
        chat.open()
    page.get_by_label("Message").fill("early")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Message")).to_have_value("early")
    held[0].continue_()
    expect(page.locator(".said")).to_have_text("early")
    chat.wait_ended()
    expect(chat.turns).to_have_count(1)


def test_the_keyboard_is_enough(chat: Chat, page: Page):
    page.keyboard.type("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    page.keyboard.press("Enter")
    expect(page.locator(".said")).to_have_text("one\ntwo", use_inner_text=True)
    chat.wait_ended()
    expect(page.get_by_label("Message")).to_be_focused()
    chat.say("go on", "Silence (scripted)")
    expect(chat.answer).to_contain_text("6.")
    page.keyboard.press("Escape")
    chat.wait_ended("Stopped")

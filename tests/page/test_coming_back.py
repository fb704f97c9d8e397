"""Reload, come back, lose the connection: the conversation is what it was, nothing twice."""

from playwright.sync_api import Browser, Page, expect

from tests.page.chat import LONG, Chat
from tests.support.api import fresh
from tests.support.stack import running_stack


def test_a_reload_in_the_middle_goes_on_without_doubled_text(chat: Chat, page: Page):
    page.get_by_role("button", name=LONG).click()
    expect(chat.answer).to_contain_text("15.")
    page.reload()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    expect(chat.answer).to_contain_text("30.")
    expect(chat.turns).to_have_count(1)
    expect(page.locator(".said")).to_have_text(LONG)
    page.keyboard.press("Escape")
    chat.wait_ended("Stopped")
    numbers = chat.numbers()
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_conversation_that_has_ended_is_there_again(chat: Chat, page: Page):
    chat.say("what is 6*7?", "Demo (scripted)")
    chat.wait_ended()
    chat.say("hello again", "Echo (scripted)")
    expect(chat.turns).to_have_count(2)
    chat.wait_ended()
    before = page.locator("main").inner_text()
    page.reload()
    expect(chat.turns).to_have_count(2)
    chat.wait_ended()
    assert page.locator("main").inner_text() == before
    expect(page.locator(".tool")).to_have_count(1)


def test_a_new_conversation_is_empty_and_back_leads_to_the_old_one(chat: Chat, page: Page):
    chat.say("first", "Echo (scripted)")
    chat.wait_ended()
    old = chat.thread
    page.get_by_role("button", name="New conversation").click()
    expect(chat.turns).to_have_count(0)
    assert chat.thread != old
    page.go_back()
    expect(chat.turns).to_have_count(1)
    chat.wait_ended()


def test_a_message_whose_answer_never_came_is_sent_once(chat: Chat, page: Page):
    """The browser is closed between the click and the request: the reload sends it, by its id."""
    page.route("**/api/runs/stream", lambda route: route.abort())
    chat.say("did you hear me", "Echo (scripted)")
    expect(page.locator("#banner")).to_contain_text("The stack does not answer")
    page.unroute("**/api/runs/stream")
    page.reload()
    chat.wait_ended()
    assert chat.answer.inner_text() == "did you hear me"
    page.reload()
    chat.wait_ended()
    expect(chat.turns).to_have_count(1)
    # The console tells of the request that was cut off, and of a thread that was not there yet.
    assert [said for said in chat.complaints if "Failed to load resource" not in said] == []
    chat.complaints.clear()


def test_a_run_that_goes_on_elsewhere_is_shown_live(chat: Chat, page: Page):
    api, thread = chat.api, fresh("t")
    assert api.start(run := fresh(), thread, model="scripted/tokens?n=40&delay_ms=50").ok
    assert api.frame(run, thread, "f1", "count for me").status_code == 202
    chat.open(thread)
    expect(page.locator(".said")).to_have_text("count for me")
    chat.wait_ended()
    assert chat.numbers() == list(range(1, 41))


def test_somebody_elses_conversation_is_not_shown(chat: Chat, browser: Browser, stack_state):
    chat.say("for me alone", "Echo (scripted)")
    chat.wait_ended()
    context = browser.new_context()
    stranger = Chat(context.new_page(), stack_state)
    stranger.open(chat.thread)
    expect(stranger.page.get_by_role("alert").last).to_contain_text("Start a new one")
    expect(stranger.page.locator("main")).not_to_contain_text("for me alone")
    context.close()


def test_a_web_process_and_a_page_that_die_cost_nothing(browser: Browser):
    with running_stack() as stack:
        chat = Chat(browser.new_page(), stack.state)
        chat.open()
        chat.page.get_by_role("button", name=LONG).click()
        expect(chat.answer).to_contain_text("10.")
        stack.kill("web")
        expect(chat.answer).to_contain_text("60.")
        stack.kill("page")
        expect(chat.answer).to_contain_text("110.")
        chat.page.keyboard.press("Escape")
        chat.wait_ended("Stopped")
        numbers = chat.numbers()
        assert numbers == list(range(1, len(numbers) + 1))
        chat.page.close()


def test_a_worker_that_dies_leaves_no_torn_text_behind(browser: Browser):
    """Its successor takes the step again; what the page had shown of it does not count."""
    with running_stack(OA_LEASE_TTL_S="2", OA_LEASE_HEARTBEAT_S="0.5") as stack:
        chat = Chat(browser.new_page(), stack.state)
        chat.open()
        chat.page.get_by_role("button", name=LONG).click()
        expect(chat.answer).to_contain_text("60.")
        stack.kill("worker-runs")
        expect(chat.answer).not_to_contain_text("60.")
        expect(chat.answer).to_contain_text("20.")
        chat.page.keyboard.press("Escape")
        chat.wait_ended("Stopped")
        numbers = chat.numbers()
        assert numbers == list(range(1, len(numbers) + 1))
        expect(chat.turns.last.locator(".text")).to_have_count(1)
        chat.page.close()

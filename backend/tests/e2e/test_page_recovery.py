"""What goes wrong between page and backend, before mocks: nothing that was said is lost, and nothing is said twice."""

import signal

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import QUESTION
from tests.e2e.likeness import likeness
from tests.e2e.mock_stack import MockStack
from tests.e2e.visits import OpenPage, answers, await_phase, questions, talk, type_question

pytestmark = pytest.mark.browser
MICROPHONE = (1.0, QUESTION, 60.0)
WORDS = "What is the capital of France?"
COUNTING = " ".join(f"This is number {n}." for n in range(6))  # about seven seconds
BROKEN = "WebSocket|ERR_|502|503"  # what a browser says of a server that is away


def listen_to_some(page: Page) -> None:
    """Wait until some words of the answer have been heard."""
    await_phase(page, "speaking")
    expect(answers(page).locator(".said")).to_contain_text("number 1", timeout=10_000)


def assert_said_once(page: Page) -> None:
    """All of the answer was said, in two parts, and no word of it twice."""
    expect(answers(page).last.locator(".said")).to_contain_text("number 5.", timeout=30_000)
    await_phase(page, "listening")
    parts = [text.strip() for text in answers(page).locator(".said").all_text_contents()]
    assert " ".join(parts) == COUNTING
    expect(questions(page)).to_have_count(1)


def test_what_is_said_while_the_network_is_away_is_heard(open_mocked: OpenPage, mocked: MockStack) -> None:
    page = open_mocked(may=BROKEN)
    talk(page)
    await_phase(page, "hearing")
    mocked.proxy.close()
    await_phase(page, "reconnecting")
    expect(page.get_by_text("Nothing that was said is lost.")).to_be_visible()
    page.wait_for_timeout(2000)  # the question is asked to its end
    mocked.proxy.open()
    expect(questions(page).locator(".said")).to_have_text(WORDS, timeout=20_000)
    await_phase(page, "speaking")
    expect(questions(page)).to_have_count(1)
    assert likeness(mocked.heard()[-1], 16_000, QUESTION) > 0.9


@pytest.mark.parametrize("kind", ["kept", "private"])
def test_what_is_typed_while_the_network_is_away_is_answered_once(
    open_mocked: OpenPage, mocked: MockStack, kind: str
) -> None:
    page = open_mocked(may=BROKEN)
    if kind == "private":
        page.get_by_role("button", name="Conversations", exact=True).click()
        page.get_by_role("button", name="New, private").click()
    type_question(page, "First?")
    expect(answers(page)).to_have_attribute("data-status", "final", timeout=20_000)
    mocked.proxy.close()
    await_phase(page, "reconnecting")
    type_question(page, "Second?")
    mocked.proxy.open()
    expect(answers(page).nth(1)).to_have_attribute("data-status", "final", timeout=20_000)
    expect(questions(page).locator(".said")).to_have_text(["First?", "Second?"])
    asked = [[message["content"] for message in prompt if message["role"] == "user"] for prompt in mocked.prompts()]
    assert asked == [["First?"], ["First?", "Second?"]]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_backend_that_ends_in_mid_answer_goes_on_when_it_is_back(
    open_mocked: OpenPage, mocked: MockStack, number: int
) -> None:
    mocked.change("llm", text=COUNTING)
    page = open_mocked(may=BROKEN)
    talk(page)
    listen_to_some(page)
    mocked.backends[0].end(number)
    await_phase(page, "reconnecting")
    mocked.backends[0].start()
    assert_said_once(page)


def test_another_backend_on_the_same_database_takes_over(open_mocked: OpenPage, mocked: MockStack) -> None:
    mocked.change("llm", text=COUNTING)
    page = open_mocked(may=BROKEN)
    talk(page)
    listen_to_some(page)
    mocked.proxy.lead_to(mocked.add_backend().port)
    mocked.backends[0].end(signal.SIGKILL)
    assert_said_once(page)


def test_a_connection_that_breaks_in_mid_answer_is_taken_up(open_mocked: OpenPage, mocked: MockStack) -> None:
    mocked.change("llm", text=COUNTING)
    page = open_mocked(may=BROKEN)
    talk(page)
    listen_to_some(page)
    mocked.proxy.cut()
    assert_said_once(page)


def test_a_page_that_is_loaded_anew_in_mid_answer_goes_on(open_mocked: OpenPage, mocked: MockStack) -> None:
    mocked.change("llm", text=COUNTING)
    page = open_mocked()
    page.get_by_role("button", name="Mode: Hands-free").click()  # the microphone begins anew with the page
    type_question(page, WORDS)
    listen_to_some(page)
    page.reload()
    talk(page)
    assert_said_once(page)

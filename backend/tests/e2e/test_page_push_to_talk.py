"""Push-to-talk and typing, before mocks: turns that the speaker ends, by hand."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import QUESTION
from tests.e2e.likeness import likeness
from tests.e2e.mock_stack import MockStack
from tests.e2e.visits import OpenPage, answers, await_phase, questions, talk, type_question, views

pytestmark = pytest.mark.browser
MICROPHONE = (1.0, QUESTION, 30.0)
SPOKEN_MS = 3500  # in which the question is asked to its end


def open_to_push(open_page: OpenPage) -> Page:
    """Open the page and choose push-to-talk, with the microphone on."""
    page = open_page()
    page.get_by_role("button", name="Mode: Hands-free").click()
    talk(page)
    expect(page.locator("body")).to_have_attribute("data-mode", "push-to-talk")
    return page


@pytest.mark.parametrize("with_", ["pointer", "space"])
def test_a_held_button_is_a_turn(open_mocked: OpenPage, mocked: MockStack, with_: str) -> None:
    page = open_to_push(open_mocked)
    button = page.get_by_role("button", name="Hold to talk")
    if with_ == "pointer":
        button.hover()
        page.mouse.down()
    else:
        page.locator("body").evaluate("body => document.activeElement.blur()")
        page.keyboard.down(" ")
    await_phase(page, "hearing")
    page.wait_for_timeout(SPOKEN_MS)
    assert mocked.prompts() == [], "nothing is answered while it is held"
    if with_ == "pointer":
        page.mouse.up()
    else:
        page.keyboard.up(" ")
    expect(questions(page).locator(".said")).to_have_text("What is the capital of France?")
    expect(answers(page)).to_have_attribute("data-status", "final", timeout=20_000)
    assert likeness(mocked.heard()[-1], 16_000, QUESTION) > 0.9


def test_what_is_said_while_nothing_is_held_is_not_heard(open_mocked: OpenPage, mocked: MockStack) -> None:
    page = open_to_push(open_mocked)
    page.wait_for_timeout(SPOKEN_MS + 1000)
    assert mocked.asked("stt") == []
    assert {view["phase"] for view in views(page)} <= {"off", "connecting", "listening"}


def test_a_typed_question_needs_no_microphone(open_mocked: OpenPage, mocked: MockStack) -> None:
    mocked.change("llm", text="It is Paris.")
    page = open_mocked(init="MediaDevices.prototype.getUserMedia = () => { throw new Error('it was asked for'); }")
    type_question(page, "What is the capital of France?")
    expect(questions(page).locator(".said")).to_have_text("What is the capital of France?")
    expect(answers(page).locator(".said")).to_have_text("It is Paris.", timeout=20_000)
    assert mocked.prompts()[-1][-1]["content"] == "What is the capital of France?"

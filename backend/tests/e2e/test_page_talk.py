"""A spoken conversation with the page, before mocks: what is heard, shown, timed, muted and logged of it."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import recorder
from tests.e2e.conftest import QUESTION
from tests.e2e.likeness import likeness
from tests.e2e.mock_stack import MockStack
from tests.e2e.visits import OpenPage, answers, await_phase, questions, talk, type_question, views

pytestmark = pytest.mark.browser
MICROPHONE = (1.0, QUESTION, 30.0)
WORDS = "What is the capital of France?"
ANSWER = "The capital of France is Paris. It lies on the river Seine."
CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}


def await_answer(page: Page, text: str = ANSWER) -> None:
    """Wait until the assistant has said this to its end."""
    expect(answers(page).last.locator(".said")).to_have_text(text, timeout=20_000)
    await_phase(page, "listening")


def test_a_spoken_question_is_heard_whole_and_answered_aloud(open_mocked: OpenPage, mocked: MockStack) -> None:
    mocked.change("llm", text=ANSWER)
    page = open_mocked()
    talk(page)
    await_answer(page)
    expect(questions(page).locator(".said")).to_have_text(WORDS)
    expect(questions(page)).to_have_attribute("data-status", "final")
    phases = [view["phase"] for view in views(page)]
    assert [phase for n, phase in enumerate(phases) if phase not in phases[:n]] == [
        *("off", "connecting", "listening", "hearing", "thinking", "speaking")
    ]
    assert likeness(mocked.heard()[-1], 16_000, QUESTION) > 0.9
    [played] = recorder.take(page, "played")
    assert len(played.sounding()) / played.rate > 2  # the mock's voice takes about four seconds for it


def test_words_appear_while_somebody_still_talks(open_mocked: OpenPage) -> None:
    page = open_mocked()
    talk(page)
    await_phase(page, "thinking")
    shown = [line for view in views(page) if view["phase"] == "hearing" for line in view["lines"]]
    texts = [(line["said"], line["unstable"]) for line in shown]
    assert texts[0] == ("", "")
    assert ("", WORDS) in texts, "heard once, it may still change"
    assert len(texts[-1][0]) > len("What is the"), "heard again, it does not"


def test_the_times_of_a_turn_are_true(open_mocked: OpenPage, mocked: MockStack) -> None:
    mocked.change("llm", text=ANSWER)
    page = open_mocked(**CLIPBOARD)
    talk(page)
    await_answer(page)
    [heard], [played] = recorder.take(page, "heard"), recorder.take(page, "played")
    mouth_to_ear_ms = played.sounding()[0] + played.latency_ms - heard.sounding()[-1]
    type_question(page, "And of Japan?")
    expect(answers(page)).to_have_count(2)
    await_answer(page)
    page.locator("footer .timings").click()
    times = page.get_by_role("dialog")
    for row in ("Final transcript", "First word of the answer", "First sound sent", "Mouth to ear"):
        cells = times.get_by_role("row").filter(has_text=row).first.get_by_role("cell")
        assert [re.fullmatch(r"[\d.]+ s", text) is not None for text in cells.all_text_contents()] == [True, True], row
    times.get_by_role("button", name="Copy as JSON").click()
    expect(times.get_by_text("Copied")).to_be_visible()
    copied = json.loads(page.evaluate("navigator.clipboard.readText()"))
    spoken, typed = copied["turns"]
    assert spoken["marks_ms"]["heard"] == pytest.approx(mouth_to_ear_ms, abs=150)
    assert copied["percentiles_ms"]["first_audio"]["count"] == 2
    log = mocked.backends[0].log.read_text()
    assert spoken["request_id"] in log
    assert typed["request_id"] in log
    assert spoken["request_id"] != typed["request_id"]


def test_muted_nothing_is_heard(open_mocked: OpenPage, mocked: MockStack) -> None:
    page = open_mocked()
    talk(page)
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(page.get_by_role("button", name="Mute", exact=True)).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(4000)  # the question is asked meanwhile
    assert {view["phase"] for view in views(page)} == {"off", "connecting", "listening"}
    assert mocked.asked("stt") == []
    page.keyboard.press("m")
    expect(page.get_by_role("button", name="Mute", exact=True)).to_have_attribute("aria-pressed", "false")


def test_the_event_log_opens_by_key_filters_and_copies(open_mocked: OpenPage) -> None:
    page = open_mocked(**CLIPBOARD)
    page.keyboard.press("Control+.")
    talk(page)
    log = page.get_by_role("region", name="Event log")
    expect(log.get_by_text("session.updated", exact=True)).to_be_visible()
    log.get_by_label("Filter").fill("transcription.completed")
    completed = "conversation.item.input_audio_transcription.completed"
    expect(log.get_by_text(completed, exact=True)).to_be_visible(timeout=15_000)
    expect(log.get_by_role("listitem")).to_have_count(1)
    log.get_by_role("button", name="Copy what is shown").click()
    expect(log.get_by_text("Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert WORDS in copied
    assert len(copied.splitlines()) == 1
    page.keyboard.press("Escape")
    expect(log).to_be_hidden()

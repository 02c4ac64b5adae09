"""What the page shows and plays of an answer, before a scripted server that can choose every moment."""

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.e2e import recorder
from tests.e2e.fake_realtime import Event, FakeRealtime, answer_begins, answer_ends, heard, sentence
from tests.e2e.visits import OpenPage, answers, await_phase, line, now_ms, talk, views

pytestmark = pytest.mark.browser
COUNTING = "one two three four five six seven eight nine ten"
LATENESS_MS = 300  # by which a word may lead or lag behind its sound


def speech_starts(item: str) -> Event:
    return {"type": "input_audio_buffer.speech_started", "item_id": item, "audio_start_ms": 20}


def colour(page: Page, selector: str) -> str:
    return str(page.locator(selector).evaluate("element => getComputedStyle(element).color"))


def begin_answer(page: Page, scripted: FakeRealtime, sound_ms: int) -> None:
    """Let the assistant count, aloud."""
    talk(page)
    scripted.await_message("session.update")
    scripted.send(*answer_begins("r1", "a1"), *sentence("r1", "a1", COUNTING, sound_ms))
    await_phase(page, "speaking")


def test_a_partial_grows_grey_and_ends_black(open_scripted: OpenPage, scripted: FakeRealtime) -> None:
    page = open_scripted()
    talk(page)
    scripted.send(speech_starts("u1"))
    await_phase(page, "hearing")
    partial = {"stable": "What is", "unstable": " the cattle"}
    scripted.send({"type": "kaiwa.transcription.partial", "item_id": "u1", **partial})
    expect(line(page, "u1").locator(".said")).to_have_text("What is")
    expect(line(page, "u1").locator(".unstable")).to_have_text(" the cattle")
    assert colour(page, ".unstable") != colour(page, ".said")
    scripted.send(*heard("u1", "What is the capital?"))
    await_phase(page, "thinking")
    expect(line(page, "u1")).to_have_attribute("data-status", "final")
    expect(line(page, "u1").locator(".said")).to_have_text("What is the capital?")
    expect(line(page, "u1").locator(".unstable")).to_be_empty()


def test_an_answers_words_come_with_its_voice(open_scripted: OpenPage, scripted: FakeRealtime) -> None:
    page = open_scripted()
    begin_answer(page, scripted, 4000)
    scripted.send(*answer_ends("r1", "a1", COUNTING))
    await_phase(page, "listening")
    expect(line(page, "a1")).to_have_attribute("data-status", "final")
    [played] = recorder.take(page, "played")
    begin_ms, end_ms = played.sounding()[[0, -1]] + played.latency_ms
    assert 3900 < end_ms - begin_ms < 4100
    for view in views(page):
        said = next((each["said"] for each in view["lines"] if each["id"] == "a1"), "").strip()
        if 0 < len(said) < len(COUNTING):
            letters = len(said.replace(" ", "")) / len(COUNTING.replace(" ", ""))
            assert abs(view["at"] - (begin_ms + 4000 * letters)) < LATENESS_MS, (view["at"] - begin_ms, said)
    assert len({str(view["lines"]) for view in views(page)}) > COUNTING.count(" ")


def test_suspected_speech_lowers_the_voice_until_it_is_dismissed(
    open_scripted: OpenPage, scripted: FakeRealtime
) -> None:
    page = open_scripted()
    begin_answer(page, scripted, 5000)
    page.wait_for_timeout(500)  # as loud as it is by itself
    ducked_ms = now_ms(page)
    scripted.send({"type": "kaiwa.speech.suspected"})
    page.wait_for_timeout(700)
    loud_ms = now_ms(page)
    scripted.send({"type": "kaiwa.speech.dismissed"})
    page.wait_for_timeout(700)
    [played] = recorder.take(page, "played")
    before, during, after = (
        played.loudness(at_ms, at_ms + 300) for at_ms in (ducked_ms - 350, ducked_ms + 350, loud_ms + 350)
    )
    assert during < 0.4 * before
    assert after == pytest.approx(before, rel=0.1)
    await_phase(page, "speaking")


def test_talked_over_it_falls_silent_and_tells_what_was_heard(open_scripted: OpenPage, scripted: FakeRealtime) -> None:
    page = open_scripted()
    begin_answer(page, scripted, 5000)
    page.wait_for_timeout(1000)  # listening for a second is what is tested
    asked_ms = now_ms(page)
    scripted.send(speech_starts("u2"), *sentence("r1", "a1", " eleven", 100))
    truncate = scripted.await_message("conversation.item.truncate")
    await_phase(page, "hearing")
    assert_cut(page)
    page.wait_for_timeout(300)  # nothing may follow
    [played] = recorder.take(page, "played")
    assert played.sounding()[-1] - asked_ms < 150
    assert truncate["item_id"] == "a1"
    assert truncate["audio_end_ms"] == pytest.approx(np.ptp(played.sounding()), abs=60)


@pytest.mark.parametrize("by", ["Escape", "Interrupt"])
def test_an_answer_can_be_interrupted(open_scripted: OpenPage, scripted: FakeRealtime, by: str) -> None:
    page = open_scripted()
    begin_answer(page, scripted, 5000)
    page.wait_for_timeout(1000)  # listening for a second is what is tested
    asked_ms = now_ms(page)
    if by == "Escape":
        page.keyboard.press(by)
    else:
        page.get_by_role("button", name=by).click()
    assert scripted.await_message("response.cancel")
    assert scripted.await_message("conversation.item.truncate")["item_id"] == "a1"
    await_phase(page, "listening")
    assert_cut(page)
    page.wait_for_timeout(300)  # nothing may follow
    [played] = recorder.take(page, "played")
    assert played.sounding()[-1] - asked_ms < 300


def assert_cut(page: Page) -> None:
    """After about a second of five, the first few words are left, and it is said that the rest is missing."""
    expect(line(page, "a1")).to_have_attribute("data-status", "cut")
    expect(answers(page).get_by_text("cut off here")).to_be_visible()
    said = line(page, "a1").locator(".said").text_content() or ""
    assert COUNTING.startswith(said)
    assert 3 <= len(said) <= 23
    assert COUNTING[len(said)] == " ", "cut between words"


def test_the_servers_account_of_what_was_heard_wins(open_scripted: OpenPage, scripted: FakeRealtime) -> None:
    page = open_scripted()
    begin_answer(page, scripted, 3000)
    page.wait_for_timeout(500)  # something must have been heard
    scripted.send(speech_starts("u2"))
    truncate = scripted.await_message("conversation.item.truncate")
    scripted.send({**truncate, "type": "conversation.item.truncated"})
    assert scripted.await_message("conversation.item.retrieve")["item_id"] == "a1"
    content = [{"type": "output_audio", "transcript": "one two, as the server says"}]
    item: dict[str, Any] = {"id": "a1", "type": "message", "role": "assistant", "content": content}
    scripted.send({"type": "conversation.item.retrieved", "item": item | {"status": "incomplete"}})
    expect(line(page, "a1").locator(".said")).to_have_text("one two, as the server says")


def test_noise_leaves_no_line(open_scripted: OpenPage, scripted: FakeRealtime) -> None:
    page = open_scripted()
    talk(page)
    scripted.send(speech_starts("u1"))
    await_phase(page, "hearing")
    scripted.send(*heard("u1", ""))
    await_phase(page, "listening")
    expect(page.locator(".line")).to_have_count(0)


def test_a_failed_answer_is_said_in_words(open_scripted: OpenPage, scripted: FakeRealtime) -> None:
    page = open_scripted()
    talk(page)
    details = {"type": "failed", "error": {"type": "server_error", "code": "provider_timeout"}}
    done = {"id": "r1", "status": "failed", "status_details": details, "output": []}
    scripted.send(*answer_begins("r1", "a1"), {"type": "response.done", "response": done})
    expect(page.get_by_role("alert")).to_have_text(re.compile("took too long. Ask again, please."))
    await_phase(page, "listening")

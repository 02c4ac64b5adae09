"""A conversation on the plain page, in a real browser, with a scripted server that can choose every moment."""

import re
import time

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.e2e.fake_realtime import BYTES_PER_MS, FakeRealtime, answer_begins, answer_ends, heard, sentence
from tests.e2e.page_steps import OpenPage, await_phase, line, speech_starts, start

pytestmark = pytest.mark.browser

WATCH_VOLUME = """
  const volumes = [];
  const change = AudioParam.prototype.setTargetAtTime;
  AudioParam.prototype.setTargetAtTime = function (value, ...rest) {
    volumes.push(value);
    document.body.dataset.volumes = volumes.join();
    return change.call(this, value, ...rest);
  };
"""


def test_it_opens_a_session_and_sends_the_voice(open_page: OpenPage, server: FakeRealtime) -> None:
    update = start(open_page(), server)
    pcm = {"type": "audio/pcm", "rate": 24000}
    assert update["session"]["audio"]["input"]["format"] == pcm
    assert update["session"]["audio"]["output"]["format"] == pcm
    assert update["session"]["audio"]["input"]["turn_detection"] == {"type": "server_vad"}
    assert update["session"]["kaiwa"] == {}
    packets = [server.sound.get(timeout=5) for _ in range(100)]
    assert {len(packet) for packet in packets} == {20 * BYTES_PER_MS}
    assert np.abs(np.frombuffer(b"".join(packets), np.int16)).max() > 1000


def test_sound_is_sent_in_real_time(open_page: OpenPage, server: FakeRealtime) -> None:
    start(open_page(), server)
    server.sound.get(timeout=5)
    began = time.monotonic()
    for _ in range(100):
        server.sound.get(timeout=5)
    assert 1.8 < time.monotonic() - began < 2.2


def test_a_turn_is_shown_as_it_happens(open_page: OpenPage, server: FakeRealtime) -> None:
    page = open_page()
    expect(page.get_by_text("Press the button")).to_be_visible()
    start(page, server)
    server.send(speech_starts("u1"))
    await_phase(page, "hearing")
    partial = {"stable": "What is", "unstable": " the cattle"}
    server.send({"type": "kaiwa.transcription.partial", "item_id": "u1", **partial})
    expect(page.locator(line(page, "u1") + " .said")).to_have_text("What is")
    expect(page.locator(line(page, "u1") + " .unstable")).to_have_text(" the cattle")
    server.send(*heard("u1", "What is the capital?"))
    await_phase(page, "thinking")
    expect(page.locator(line(page, "u1"))).to_have_attribute("data-status", "final")
    expect(page.locator(line(page, "u1") + " .said")).to_have_text("What is the capital?")
    expect(page.get_by_text("Press the button")).to_be_hidden()
    server.send(*answer_begins("r1", "a1"), *sentence("r1", "a1", "It is Paris. ", 500))
    await_phase(page, "speaking")
    expect(page.locator(line(page, "a1") + " .said")).to_have_text("It is Paris.")
    server.send(*sentence("r1", "a1", "Anything else?", 300), *answer_ends("r1", "a1", "It is Paris. Anything else?"))
    await_phase(page, "listening")
    expect(page.locator(line(page, "a1"))).to_have_attribute("data-status", "final")
    timings = page.locator(line(page, "a1") + " .timings")
    expect(timings).to_have_text(re.compile(r"words [\d.]+ s · answer [\d.]+ s · sound [\d.]+ s"))
    expect(page.locator("#announcer")).to_have_text("Kaiwa: It is Paris. Anything else?")


def test_it_speaks_for_as_long_as_the_sound_lasts(open_page: OpenPage, server: FakeRealtime) -> None:
    page = open_page()
    start(page, server)
    server.send(*answer_begins("r1", "a1"), *sentence("r1", "a1", "Hello.", 1500), *answer_ends("r1", "a1", "Hello."))
    await_phase(page, "speaking")
    began = time.monotonic()
    await_phase(page, "listening")
    assert 1.2 < time.monotonic() - began < 2.5


def test_talked_over_it_stops_and_says_what_was_heard(open_page: OpenPage, server: FakeRealtime) -> None:
    page = open_page(init=WATCH_VOLUME)
    start(page, server)
    words = "one two three four five six seven eight nine ten"
    server.send(*answer_begins("r1", "a1"), *sentence("r1", "a1", words, 5000))
    await_phase(page, "speaking")
    server.send({"type": "kaiwa.speech.suspected"})
    expect(page.locator("body")).to_have_attribute("data-volumes", "0.2")
    server.send({"type": "kaiwa.speech.dismissed"})
    expect(page.locator("body")).to_have_attribute("data-volumes", "0.2,1")
    page.wait_for_timeout(1000)  # listening for a second is what is tested
    server.send(speech_starts("u2"), *sentence("r1", "a1", " eleven", 100))
    truncate = server.await_message("conversation.item.truncate")
    assert truncate["item_id"] == "a1"
    assert truncate["content_index"] == 0
    assert isinstance(truncate["audio_end_ms"], int)
    assert 1000 <= truncate["audio_end_ms"] < 2000
    await_phase(page, "hearing")
    cut = page.locator(line(page, "a1"))
    expect(cut).to_have_attribute("data-status", "cut")
    expect(cut.get_by_text("cut off here")).to_be_visible()
    said = cut.locator(".said").text_content() or ""
    assert words.startswith(said)
    assert 7 <= len(said) <= 20
    assert said[-1:] != " "
    assert words[len(said)] == " ", "cut between words"


def test_the_servers_account_of_what_was_heard_wins(open_page: OpenPage, server: FakeRealtime) -> None:
    page = open_page()
    start(page, server)
    server.send(*answer_begins("r1", "a1"), *sentence("r1", "a1", "one two three four", 3000))
    await_phase(page, "speaking")
    page.wait_for_timeout(500)  # something must have been heard
    server.send(speech_starts("u2"))
    truncate = server.await_message("conversation.item.truncate")
    server.send({**truncate, "type": "conversation.item.truncated"})
    assert server.await_message("conversation.item.retrieve")["item_id"] == "a1"
    content = [{"type": "output_audio", "transcript": "one two, as the server says"}]
    item = {"id": "a1", "type": "message", "role": "assistant", "content": content}
    server.send({"type": "conversation.item.retrieved", "item": item})
    expect(page.locator(line(page, "a1") + " .said")).to_have_text("one two, as the server says")


def test_an_answer_heard_to_its_end_is_not_truncated(open_page: OpenPage, server: FakeRealtime) -> None:
    page = open_page()
    start(page, server)
    server.send(*answer_begins("r1", "a1"), *sentence("r1", "a1", "Hello.", 200), *answer_ends("r1", "a1", "Hello."))
    await_phase(page, "speaking")
    await_phase(page, "listening")
    server.send(speech_starts("u2"))
    await_phase(page, "hearing")
    server.send(*answer_begins("r2", "a2"), *sentence("r2", "a2", "Again.", 5000))
    server.send(speech_starts("u3"))
    assert server.await_message("conversation.item.truncate")["item_id"] == "a2"


def test_stopped_in_mid_answer_it_shows_what_was_heard(open_page: OpenPage, server: FakeRealtime) -> None:
    page = open_page()
    start(page, server)
    server.send(*answer_begins("r1", "a1"), *sentence("r1", "a1", "one two three four five", 3000))
    await_phase(page, "speaking")
    page.wait_for_timeout(700)  # something must have been heard
    page.get_by_role("button", name="Stop").click()
    await_phase(page, "idle")
    expect(page.locator(line(page, "a1"))).to_have_attribute("data-status", "cut")
    expect(page.locator(line(page, "a1") + " .said")).to_have_text(re.compile("^one( two)?$"))


def test_noise_leaves_no_line(open_page: OpenPage, server: FakeRealtime) -> None:
    page = open_page()
    start(page, server)
    server.send(speech_starts("u1"), *heard("u1", ""))
    await_phase(page, "listening")
    expect(page.locator("#lines li")).to_have_count(0)


def test_a_failed_answer_is_said_in_words(open_page: OpenPage, server: FakeRealtime) -> None:
    page = open_page()
    start(page, server)
    details = {"type": "failed", "error": {"type": "server_error", "code": "provider_timeout"}}
    done = {"id": "r1", "status": "failed", "status_details": details, "output": []}
    server.send(*answer_begins("r1", "a1"), {"type": "response.done", "response": done})
    expect(page.get_by_role("alert")).to_have_text("A part of the assistant took too long. Ask again, please.")
    await_phase(page, "listening")

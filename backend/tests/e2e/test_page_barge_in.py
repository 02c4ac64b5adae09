"""Talking over the answer, before mocks: how soon the page is silent, measured at its loudspeaker."""

from itertools import pairwise

import numpy as np
import pytest
from playwright.sync_api import expect

from app.cli.bench.sound import WIRE_RATE, convert, find_voice
from tests.e2e import recorder
from tests.e2e.conftest import DATA, QUESTION, Note
from tests.e2e.microphone import Part
from tests.e2e.mock_stack import MockStack
from tests.e2e.recorder import Track
from tests.e2e.visits import OpenPage, answers, await_phase, talk, views

pytestmark = pytest.mark.browser
STOP = Part(DATA / "interrupt_en.wav", 0.5, 1.6)
COUGH = Part(DATA / "question_ja.wav", 0.53, 0.57)  # the beginning of a vowel
# A question; three who talk over the answer to the one before; a cough in the last answer.
MICROPHONE = (0.5, QUESTION, 2.5, STOP, 3.5, DATA / "question_ja.wav", 3.0, QUESTION, 3.0, COUGH, 30.0)
COUNTING = " ".join(f"This is number {n}." for n in range(40))
SILENT_WITHIN_MS = 300
PAUSE_MS = 450  # a longer one is the end of what was played


def test_a_voice_silences_the_page_and_a_cough_only_lowers_it(
    open_mocked: OpenPage, mocked: MockStack, note: Note
) -> None:
    mocked.change("llm", text=COUNTING)
    page = open_mocked()
    talk(page)
    expect(answers(page)).to_have_count(4, timeout=40_000)
    await_phase(page, "speaking")
    page.wait_for_timeout(5000)  # somebody coughs meanwhile
    [heard], [played] = recorder.take(page, "heard"), recorder.take(page, "played")
    _, *interruptions, cough_ms = voices(heard)
    assert len(interruptions) == 3
    silences = [min(end for end in ends(played) if end > voice_ms) - voice_ms for voice_ms in interruptions]
    for silent_ms in silences:
        note("barge-in, from the first voiced sample to the last one of the answer, ms", silent_ms)
    assert min(silences) < SILENT_WITHIN_MS, "a busy machine makes some of them later"
    assert max(silences) < 2 * SILENT_WITHIN_MS
    before, during, after = (
        played.loudness(cough_ms + from_ms, cough_ms + to_ms) for from_ms, to_ms in ((-400, 0), (150, 350), (800, 1200))
    )
    assert during < 0.5 * before
    assert after > 0.7 * before
    assert_cuts(views(page)[-1]["lines"])


def voices(heard: Track) -> list[float]:
    """Return when somebody began to use their voice, each time: as a voice detector hears it that has all the time."""
    samples = convert((heard.samples * 32_767).astype(np.int16), heard.rate, WIRE_RATE)
    return [heard.start_ms + voice.onset_ms for voice in find_voice(samples)]


def ends(played: Track) -> list[float]:
    """Return when the page fell silent, each time; the system's own delay on the way to the ear is not its doing."""
    at = played.sounding()
    return [float(end) for end in (*at[np.flatnonzero(np.diff(at) > PAUSE_MS)], at[-1])]


def assert_cuts(lines: list[dict[str, str]]) -> None:
    """All answers but the last were cut off, and each shows a beginning of what was to be said."""
    said = [(line["status"], line["said"].strip()) for line in lines if line["role"] == "assistant"]
    assert [status for status, _ in said] == ["cut", "cut", "cut", "open"]
    assert all(COUNTING.startswith(text) and len(text) < 200 for _, text in said)
    assert all(first["role"] != second["role"] for first, second in pairwise(lines))

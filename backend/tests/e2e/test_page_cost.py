"""What the page costs: bytes to load, time to show, time for a frame, traffic for talk, delay of the first sound."""

import base64
import gzip
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from app.wire.opus import split
from app.wire.opus_codec import OpusDecoder
from tests.e2e import recorder
from tests.e2e.conftest import DATA, QUESTION, Note
from tests.e2e.mock_stack import MockStack
from tests.e2e.visits import OpenPage, answers, await_phase, talk

pytestmark = pytest.mark.browser
# A question about every ten seconds, as people talk.
MICROPHONE = (1.0, *(QUESTION, 7.0, DATA / "question_ja.wav", 7.0) * 6)
TALK_S = int(os.environ.get("TALK_S", "20"))
WATCH_SENDING = """
  const { send } = WebSocket.prototype;
  globalThis.sent = [];
  WebSocket.prototype.send = function (text) {
    const { type, audio } = JSON.parse(text);
    if (type === "input_audio_buffer.append") sent.push({ at: performance.now(), audio });
    return send.call(this, text);
  };
"""


def test_the_scripts_are_small(built_page: Path, note: Note) -> None:
    size = sum(len(gzip.compress(script.read_bytes())) for script in built_page.rglob("*.js"))
    note("scripts, gzipped, kB", size / 1000)
    assert size <= 150_000


@pytest.mark.measure
def test_it_is_shown_at_once(open_mocked: OpenPage, note: Note) -> None:
    page = open_mocked()
    expect(page.get_by_role("button", name="Talk", exact=True)).to_be_visible()
    paint_ms = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    note("first paint, ms", paint_ms)
    assert paint_ms < 1000


@pytest.mark.measure
def test_a_frame_of_the_ring_takes_little_script(open_mocked: OpenPage, mocked: MockStack, note: Note) -> None:
    mocked.change("llm", text=" ".join(f"This is number {n}." for n in range(40)))
    page = open_mocked()
    talk(page)
    await_phase(page, "speaking")
    canvas = page.locator("canvas")
    expect(canvas).to_have_attribute("data-frames", re.compile(r"[3-9]\d\d|\d{4}"), timeout=30_000)
    for share in ("median", "p95"):
        took_ms = float(canvas.get_attribute(f"data-frame-{share}") or "nan")
        note(f"script of a frame, {share}, ms", took_ms)
        assert took_ms <= 4


def test_talk_takes_little_traffic(open_mocked: OpenPage, mocked: MockStack, note: Note) -> None:
    """A third of a minute stands for one; TALK_S=60 measures all of it."""
    page = open_mocked()
    talk(page)
    before = mocked.proxy.traffic.total
    page.wait_for_timeout(TALK_S * 1000)
    kbit_s = (mocked.proxy.traffic.total - before) * 8 / 1000 / TALK_S
    note("traffic of a conversation over Opus, kbit/s", kbit_s)
    assert answers(page).count() >= 2
    assert kbit_s <= 64


@pytest.mark.measure
@pytest.mark.parametrize("codec", ["Opus", "PCM"])
def test_the_first_sound_is_sent_at_once(open_mocked: OpenPage, note: Note, codec: str) -> None:
    page = open_mocked(init=WATCH_SENDING + ("delete globalThis.AudioEncoder;" if codec == "PCM" else ""))
    talk(page)
    await_phase(page, "hearing")
    [heard] = recorder.take(page, "heard")
    onset_ms = heard.sounding()[0]
    sent_ms, packets_behind = first_sound(page.evaluate("sent"), codec)
    assert packets_behind == 0, "it waits for no other"
    delay_ms = sent_ms - onset_ms
    note(f"from the voice to the first packet that carries it, {codec}, ms", delay_ms)
    assert delay_ms < 60


def first_sound(sent: list[dict[str, Any]], codec: str) -> tuple[float, int]:
    """Return when the first packet with a voice went out, and how many came behind it in its message."""
    decoder = OpusDecoder()
    for message in sent:
        data = base64.b64decode(message["audio"])
        packets = split(data) if codec == "Opus" else [data]
        for number, packet in enumerate(packets, 1):
            samples = decoder.decode([packet]) if codec == "Opus" else np.frombuffer(packet, np.int16)
            if samples.size and np.abs(samples).max() > recorder.FLOOR * 32768:
                return float(message["at"]), len(packets) - number
    raise AssertionError("nothing was sent")

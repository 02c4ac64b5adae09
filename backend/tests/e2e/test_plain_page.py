"""The plain page in a real browser: against a scripted server, which can choose every moment, and the real one."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.e2e.conftest import Launch
from tests.e2e.fake_realtime import (
    BYTES_PER_MS,
    Event,
    FakeRealtime,
    answer_begins,
    answer_ends,
    heard,
    sentence,
    serve,
)
from tests.e2e.microphone import write_microphone
from tests.e2e.running_stack import Stack

pytestmark = pytest.mark.browser

QUESTION = Path(__file__).parents[1] / "data" / "question_en.wav"
WATCH_VOLUME = """
  window.volumes = [];
  const change = AudioParam.prototype.setTargetAtTime;
  AudioParam.prototype.setTargetAtTime = function (value, ...rest) {
    window.volumes.push(value);
    return change.call(this, value, ...rest);
  };
"""

OpenPage = Callable[..., Page]


@pytest.fixture
def server() -> Iterator[FakeRealtime]:
    with serve() as fake:
        yield fake


@pytest.fixture(scope="module")
def browser(launch: Launch, tmp_path_factory: pytest.TempPathFactory) -> Browser:
    microphone = tmp_path_factory.mktemp("microphone") / "question.wav"
    return launch(write_microphone(microphone, QUESTION, before_s=0.2, after_s=30))


@pytest.fixture
def open_page(browser: Browser, server: FakeRealtime) -> Iterator[OpenPage]:
    """Opens the page in a fresh context; at the end of the test its console must hold no error but those it may."""
    pages: list[Page] = []
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    def open_new(path: str = "/", *, init: str = "", may: str = "^$", **options: object) -> Page:
        page = browser.new_context(**options).new_page()  # type: ignore[arg-type]  # passed on as they are
        pages.append(page)
        page.on("console", lambda message: None if re.search(may, message.text) else note(message))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.add_init_script(init)
        page.goto(path if path.startswith("http") else server.address + path)
        return page

    yield open_new
    for page in pages:
        page.context.close()
    assert complaints == []


def start(page: Page, server: FakeRealtime) -> Event:
    page.get_by_role("button", name="Talk").click()
    update = server.await_message("session.update")
    await_phase(page, "listening")
    return update


def await_phase(page: Page, phase: str) -> None:
    expect(page.locator("body")).to_have_attribute("data-phase", phase, timeout=15_000)


def speech_starts(item: str) -> Event:
    return {"type": "input_audio_buffer.speech_started", "item_id": item, "audio_start_ms": 20}


def line(page: Page, item: str) -> str:
    return f"#lines [data-id={item}]"


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
    expect(timings).to_have_text(re.compile(r"words [\d.]+ s · first text [\d.]+ s · first sound [\d.]+ s"))
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
    page.wait_for_function("volumes.join() === '0.2'")
    server.send({"type": "kaiwa.speech.dismissed"})
    page.wait_for_function("volumes.join() === '0.2,1'")
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


def test_the_stages_say_what_they_are(open_page: OpenPage, server: FakeRealtime) -> None:
    server.health = {
        "status": "unavailable",
        "providers": {
            "llm": {"state": "ready", "is_mock": False, "serving": "primary", "model": "models/llm/qwen.gguf"},
            "stt": {"state": "ready", "is_mock": True, "serving": "primary", "model": "echo"},
            "tts": {"state": "down", "is_mock": False, "serving": "fallback", "model": "small"},
            "embedding": {"state": "loading", "is_mock": False, "serving": "none", "model": None},
        },
        "warnings": ["tts: primary is down"],
    }
    page = open_page(may="503")
    for name, kind in {"llm": "real", "stt": "mock", "tts": "fallback", "embedding": "loading"}.items():
        expect(page.locator(f"[data-stage={name}] .kind")).to_have_text(kind)
    expect(page.locator("[data-stage=llm] .model")).to_have_text("qwen.gguf")
    expect(page.locator("#warnings")).to_have_text("tts: primary is down")
    server.health["providers"]["embedding"]["state"] = "down"
    expect(page.locator("[data-stage=embedding] .kind")).to_have_text("down")


def test_a_sign_in_link_opens_the_door(open_page: OpenPage, server: FakeRealtime) -> None:
    server.key = "abc +&/"
    page = open_page("/?key=abc%20%2B%26%2F")
    page.wait_for_url(server.address + "/")
    page.wait_for_load_state("networkidle")
    assert "key" not in page.url
    assert page.evaluate("document.cookie") == "", "the cookie is out of any script's reach"
    start(page, server)


def test_without_a_key_it_asks_for_one(open_page: OpenPage, server: FakeRealtime) -> None:
    server.key = "abc"
    page = open_page(may="401|403|WebSocket")
    page.get_by_role("button", name="Talk").click()
    expect(page.get_by_role("alert")).to_have_text("Sign in first: this assistant asks for a key.")
    await_phase(page, "idle")
    page.get_by_label("Key").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text(re.compile("That key was not accepted"))
    page.get_by_label("Key").fill("abc")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Key")).to_be_hidden()
    start(page, server)


def test_a_refused_microphone(open_page: OpenPage, server: FakeRealtime) -> None:
    server.headers["Permissions-Policy"] = "microphone=()"
    page = open_page(may="Permissions policy")
    page.get_by_role("button", name="Talk").click()
    expect(page.get_by_role("alert")).to_have_text(re.compile("The microphone is not allowed"))
    await_phase(page, "idle")


def test_an_address_that_browsers_do_not_trust(open_page: OpenPage, server: FakeRealtime) -> None:
    page = open_page(server.address.replace("127.0.0.1", "kaiwa.test") + "/")
    page.get_by_role("button", name="Talk").click()
    expect(page.get_by_role("alert")).to_have_text(re.compile("only to safe addresses"))


def test_a_browser_without_websocket(open_page: OpenPage) -> None:
    page = open_page(init="delete globalThis.WebSocket")
    page.get_by_role("button", name="Talk").click()
    expect(page.get_by_role("alert")).to_have_text(re.compile("too old to talk"))


def test_a_full_house(open_page: OpenPage, server: FakeRealtime) -> None:
    server.full = True
    page = open_page()
    page.get_by_role("button", name="Talk").click()
    expect(page.get_by_role("alert")).to_have_text(re.compile("busy with other conversations"))
    await_phase(page, "idle")


def test_a_lost_connection_can_be_taken_up_again(open_page: OpenPage, server: FakeRealtime) -> None:
    page = open_page()
    start(page, server)
    server.close(1011)
    expect(page.get_by_role("alert")).to_have_text(re.compile("ended by the assistant"))
    await_phase(page, "idle")
    start(page, server)
    expect(page.get_by_role("alert")).to_have_text("")


def test_it_speaks_japanese(open_page: OpenPage) -> None:
    page = open_page(locale="ja-JP")
    expect(page.get_by_text("ボタンを押して、声で質問してください。")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "ja")


def test_the_keyboard_is_enough(open_page: OpenPage, server: FakeRealtime) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Talk")).to_be_focused()
    page.keyboard.press("Enter")
    await_phase(page, "listening")
    page.keyboard.press("Space")
    await_phase(page, "idle")


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_it_fits_the_screen(open_page: OpenPage, server: FakeRealtime, width: int) -> None:
    server.key = "abc"  # with the sign-in form, there is most to fit
    page = open_page(viewport={"width": width, "height": 640}, may="401")
    expect(page.get_by_label("Key")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for target in page.locator("button, input").all():
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["width"] >= 44


@pytest.mark.models
@pytest.mark.timeout(240)
def test_a_spoken_turn_with_the_real_assistant(launch: Launch, stack: Stack, tmp_path: Path) -> None:
    browser = launch(write_microphone(tmp_path / "microphone.wav", QUESTION, before_s=2, after_s=60))
    page = browser.new_page()
    page.goto(stack.address)
    for name in ("llm", "stt", "tts", "embedding"):
        expect(page.locator(f"[data-stage={name}] .kind")).to_have_text("real", timeout=30_000)
    page.get_by_role("button", name="Talk").click()
    await_phase(page, "listening")
    await_phase(page, "hearing")
    expect(page.locator(".line.user .said")).to_have_text(
        re.compile("capital of France", re.IGNORECASE), timeout=30_000
    )
    expect(page.locator(".line.assistant .said")).to_have_text(re.compile("Paris"), timeout=60_000)
    expect(page.locator("body")).to_have_attribute("data-phase", "speaking", timeout=60_000)
    expect(page.locator(".line.assistant")).to_have_attribute("data-status", "final", timeout=60_000)
    expect(page.locator("body")).to_have_attribute("data-phase", "listening", timeout=60_000)
    expect(page.locator(".line.assistant .timings")).to_have_text(re.compile("first sound"))
    expect(page.get_by_role("alert")).to_have_text("")

"""Coming to the page: keys, microphones, addresses and stages, and what it says when one of them is wrong."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.e2e.fake_realtime import FakeRealtime
from tests.e2e.visits import OpenPage, await_phase, questions, talk, type_question

pytestmark = pytest.mark.browser

WATCH_MICROPHONE = """
  const listen = MediaDevices.prototype.getUserMedia;
  MediaDevices.prototype.getUserMedia = function (wanted) {
    globalThis.asked = JSON.stringify(wanted);
    return listen.call(this, wanted);
  };
"""


def press_talk(open_page: OpenPage, **options: object) -> str:
    """Press the button and return what the page complains of."""
    page = open_page(**options)
    page.get_by_role("button", name="Talk", exact=True).click()
    alert = page.get_by_role("alert")
    expect(alert).not_to_be_empty()
    return alert.text_content() or ""


def test_a_sign_in_link_opens_the_door(open_scripted: OpenPage, scripted: FakeRealtime) -> None:
    scripted.key = "abc +&/"
    page = open_scripted("/?key=abc%20%2B%26%2F")
    page.wait_for_url(scripted.address + "/")
    talk(page)
    assert "key" not in page.url
    assert page.evaluate("document.cookie") == "", "the cookie is out of any script's reach"


def test_without_a_key_it_asks_for_one(open_scripted: OpenPage, scripted: FakeRealtime) -> None:
    scripted.key = "abc"
    page = open_scripted(may="401|403|WebSocket")
    page.get_by_role("button", name="Talk", exact=True).click()
    page.get_by_label("Key", exact=True).fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_text("That key was not accepted")).to_be_visible()
    page.get_by_label("Key", exact=True).fill("abc")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Key", exact=True)).to_be_hidden()
    talk(page)


def test_the_microphone_is_asked_to_cancel_echo(open_scripted: OpenPage) -> None:
    page = open_scripted(init=WATCH_MICROPHONE)
    talk(page)
    asked = json.loads(page.evaluate("asked"))["audio"]
    assert [asked[name] for name in ("echoCancellation", "noiseSuppression", "autoGainControl")] == [True] * 3


def test_a_refused_microphone_leaves_typing(open_scripted: OpenPage, scripted: FakeRealtime) -> None:
    scripted.headers["Permissions-Policy"] = "microphone=()"
    page = open_scripted(may="Permissions policy")
    page.get_by_role("button", name="Talk", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text(re.compile("The microphone is not allowed"))
    type_question(page, "Hello?")
    expect(questions(page).locator(".said")).to_have_text("Hello?")
    assert scripted.await_item()["content"][0]["text"] == "Hello?"


def test_an_address_that_browsers_do_not_trust(open_scripted: OpenPage, scripted: FakeRealtime) -> None:
    strange = scripted.address.replace("127.0.0.1", "kaiwa.test") + "/"
    assert "only to safe addresses" in press_talk(open_scripted, path=strange, may="worklets")


def test_a_browser_without_websocket(open_scripted: OpenPage) -> None:
    assert "too old to talk" in press_talk(
        open_scripted, init="delete globalThis.WebSocket", may="WebSocket is not defined"
    )


def test_a_full_house(open_scripted: OpenPage, scripted: FakeRealtime) -> None:
    scripted.full = True
    page = open_scripted()
    page.get_by_role("button", name="Talk", exact=True).click()
    expect(page.get_by_text("busy with other conversations")).to_be_visible()
    scripted.full = False
    await_phase(page, "listening")  # by itself: it comes back


def test_ended_while_connecting_it_leaves_nothing_open(open_scripted: OpenPage, scripted: FakeRealtime) -> None:
    scripted.silent = True
    page = open_scripted()
    page.get_by_role("button", name="Talk", exact=True).click()
    scripted.await_message("session.update")
    await_phase(page, "connecting")
    page.get_by_role("button", name="End", exact=True).click()
    await_phase(page, "off")
    assert scripted.ended.wait(5)
    scripted.silent = False
    talk(page)


def test_the_stages_say_what_they_are(open_scripted: OpenPage, scripted: FakeRealtime) -> None:
    provider = {"provider": "llama.cpp", "endpoint": "http://127.0.0.1:1/", "fallback_count": 0, "last_error": None}
    scripted.health = {
        "status": "unavailable",
        "version": "1.2.3",
        "providers": {
            "llm": provider | {"state": "ready", "is_mock": False, "serving": "primary", "model": "models/qwen.gguf"},
            "stt": provider | {"state": "ready", "is_mock": True, "serving": "primary", "model": "echo"},
            "tts": provider | {"state": "down", "is_mock": False, "serving": "fallback", "model": "small"},
            "embedding": provider | {"state": "loading", "is_mock": False, "serving": "none", "model": None},
        },
        "warnings": ["tts: primary is down"],
    }
    page = open_scripted(may="503")
    for name, kind in {"llm": "real", "stt": "mock", "tts": "fallback", "embedding": "loading"}.items():
        expect(page.locator(f"[data-stage={name}]")).to_have_attribute("data-kind", kind)
    page.locator("[data-stage=tts] button").click()
    stages = page.get_by_role("dialog")
    for words in ("tts: primary is down", "qwen.gguf", "A stand-in without a model", "1.2.3"):
        expect(stages.get_by_text(words)).to_be_visible()
    scripted.health["providers"]["embedding"]["state"] = "down"
    expect(page.locator("[data-stage=embedding]")).to_have_attribute("data-kind", "down", timeout=15_000)


def test_mocks_are_shown_as_mocks(open_mocked: OpenPage) -> None:
    page = open_mocked()
    for name in ("llm", "stt", "tts", "embedding"):
        stage = page.locator(f"[data-stage={name}]")
        expect(stage).to_have_attribute("data-kind", "mock")
        expect(stage).to_contain_text("mock")
    expect(page.get_by_text("What comes of it is made up")).to_be_visible()


def test_the_keyboard_is_enough(open_scripted: OpenPage) -> None:
    page = open_scripted()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.get_by_role("button", name="Talk", exact=True).evaluate("button => button === document.activeElement"):
            break
    page.keyboard.press("Enter")
    await_phase(page, "listening")
    page.keyboard.press("/")
    page.keyboard.type("Hello?")
    page.keyboard.press("Enter")
    expect(questions(page).locator(".said")).to_have_text("Hello?")
    page.keyboard.press("Escape")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="How it works")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="End", exact=True).focus()
    page.keyboard.press("Enter")
    await_phase(page, "off")


def test_it_speaks_japanese(open_scripted: OpenPage) -> None:
    page = open_scripted(locale="ja-JP")
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    page.get_by_role("button", name="話す", exact=True).click()
    await_phase(page, "listening")

"""Coming to the plain page: keys, microphones, addresses, screens and languages, and what it says when one is wrong."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.e2e.fake_realtime import FakeRealtime
from tests.e2e.page_steps import OpenPage, await_phase, start

pytestmark = pytest.mark.browser

WATCH_MICROPHONE = """
  const listen = navigator.mediaDevices.getUserMedia;
  navigator.mediaDevices.getUserMedia = function (wanted) {
    document.body.dataset.asked = JSON.stringify(wanted);
    return listen.call(this, wanted);
  };
"""


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


def test_the_microphone_is_asked_to_cancel_echo(open_page: OpenPage, server: FakeRealtime) -> None:
    page = open_page(init=WATCH_MICROPHONE)
    start(page, server)
    asked = json.loads(page.locator("body").get_attribute("data-asked") or "")
    assert asked["audio"]["echoCancellation"] is True
    assert asked["audio"]["noiseSuppression"] is True
    assert asked["audio"]["autoGainControl"] is True


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


def test_stopped_while_connecting_it_leaves_nothing_open(open_page: OpenPage, server: FakeRealtime) -> None:
    server.silent = True
    page = open_page()
    page.get_by_role("button", name="Talk").click()
    server.await_message("session.update")
    await_phase(page, "connecting")
    page.get_by_role("button", name="Stop").click()
    await_phase(page, "idle")
    assert server.ended.wait(5)
    server.silent = False
    start(page, server)


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

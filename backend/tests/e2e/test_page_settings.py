"""What a person chooses: it reaches the server, is refused beside its field, and is still chosen after a reload."""

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import recorder
from tests.e2e.fake_realtime import Event, FakeRealtime
from tests.e2e.mock_stack import MockStack
from tests.e2e.visits import OpenPage, answers, await_phase, talk, type_question

pytestmark = pytest.mark.browser


def open_settings(page: Page) -> Locator:
    page.get_by_role("button", name="Settings").click()
    return page.get_by_role("dialog", name="Settings")


def slide(slider: Locator, value: float) -> None:
    """Move a slider as a hand does: what it says counts when it is let go."""
    slider.fill(str(value))
    slider.dispatch_event("change")


def updates(scripted: FakeRealtime, count: int) -> Event:
    """Return the session of the last of so many updates."""
    for _ in range(count - 1):
        scripted.await_message("session.update")
    session: Event = scripted.await_message("session.update")["session"]
    return session


def test_choices_reach_the_server_and_last(open_scripted: OpenPage, scripted: FakeRealtime) -> None:
    page = open_scripted()
    talk(page)
    settings = open_settings(page)
    settings.get_by_label("Voice", exact=True).select_option("heart")
    slide(settings.get_by_label("Speaking speed"), 1.25)
    slide(settings.get_by_label("Patience"), 900)
    settings.get_by_label("Language you will speak").select_option("ja")
    settings.get_by_label("Instructions").fill("Be brief.")
    settings.get_by_label("Instructions").blur()
    session = updates(scripted, 6)
    page.reload()
    settings = open_settings(page)
    expect(settings.get_by_label("Instructions")).to_have_value("Be brief.")
    expect(settings.get_by_label("Voice", exact=True)).to_have_value("heart")
    page.keyboard.press("Escape")
    talk(page)
    for sent in (session, updates(scripted, 1)):
        assert sent["audio"]["output"]["voice"] == "heart"
        assert sent["audio"]["output"]["speed"] == 1.25
        assert sent["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 900
        assert sent["kaiwa"]["language"] == "ja"
        assert sent["instructions"] == "Be brief."


def test_what_the_server_refuses_is_told_beside_its_field(open_scripted: OpenPage, scripted: FakeRealtime) -> None:
    page = open_scripted()
    talk(page)
    settings = open_settings(page)
    refusal = {"type": "invalid_request_error", "code": "invalid_value", "message": "No such voice here."}
    scripted.refusals = [refusal | {"param": "session.audio.output.voice"}]
    voice = settings.get_by_label("Voice", exact=True)
    voice.select_option("heart")
    expect(voice).to_have_attribute("aria-invalid", "true")
    expect(voice).to_have_accessible_description("No such voice here.")
    slide(settings.get_by_label("Patience"), 900)
    assert "voice" not in updates(scripted, 4)["audio"]["output"], "one wrong value does not undo the others"


@pytest.mark.parametrize("speed", [1, 1.5])
def test_it_speaks_as_fast_as_is_wished(open_mocked: OpenPage, mocked: MockStack, speed: float) -> None:
    mocked.change("llm", text="The capital of France is Paris. It lies on the river Seine.")
    page = open_mocked()
    slide(open_settings(page).get_by_label("Speaking speed"), speed)
    page.keyboard.press("Escape")
    type_question(page, "What is the capital of France?")
    expect(answers(page)).to_have_attribute("data-status", "final", timeout=20_000)
    await_phase(page, "listening")
    [played] = recorder.take(page, "played")
    assert np.ptp(played.sounding()) == pytest.approx(4300 / speed, rel=0.1)


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_the_theme_can_be_chosen(open_scripted: OpenPage, theme: str) -> None:
    page = open_scripted(color_scheme="dark" if theme == "Light" else "light")
    before = page.evaluate("getComputedStyle(document.body).color")
    open_settings(page).get_by_label("Light or dark").select_option(theme)
    expect(page.locator("html")).to_have_attribute("data-theme", theme.lower())
    assert page.evaluate("getComputedStyle(document.body).color") != before

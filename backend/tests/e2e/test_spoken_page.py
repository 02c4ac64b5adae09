"""One turn, spoken into the plain page's microphone and answered aloud by the real assistant."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import QUESTION
from tests.e2e.microphone import write_microphone
from tests.e2e.page_steps import Launch, await_phase
from tests.e2e.running_stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.models]


@pytest.mark.timeout(240)
def test_a_spoken_turn_with_the_real_assistant(launch: Launch, stack: Stack, tmp_path: Path) -> None:
    browser = launch(write_microphone(tmp_path / "microphone.wav", QUESTION, before_s=4, after_s=60))
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
    await_phase(page, "speaking", within_s=60)
    expect(page.locator(".line.assistant")).to_have_attribute("data-status", "final", timeout=60_000)
    await_phase(page, "listening", within_s=60)
    expect(page.locator(".line.assistant .timings")).to_have_text(re.compile(r"sound [\d.]+ s"))
    expect(page.get_by_role("alert")).to_have_text("")

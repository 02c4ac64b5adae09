"""What a person does on the plain page, and what they wait for."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.e2e.fake_realtime import Event, FakeRealtime

Launch = Callable[[Path], Browser]
OpenPage = Callable[..., Page]


def start(page: Page, server: FakeRealtime) -> Event:
    """Press the button and return the page's `session.update`."""
    page.get_by_role("button", name="Talk").click()
    update = server.await_message("session.update")
    await_phase(page, "listening")
    return update


def await_phase(page: Page, phase: str, *, within_s: float = 15) -> None:
    """Wait until the page is in a phase."""
    expect(page.locator("body")).to_have_attribute("data-phase", phase, timeout=within_s * 1000)


def speech_starts(item: str) -> Event:
    """What the server says when somebody begins to talk."""
    return {"type": "input_audio_buffer.speech_started", "item_id": item, "audio_start_ms": 20}


def line(page: Page, item: str) -> str:
    """Return the selector of one caption."""
    return f"#lines [data-id={item}]"

"""Opening pages as a careful visitor does, who notes every complaint of the browser and where the page turns to."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, expect

from tests.e2e import recorder

WATCHER = Path(__file__).parent / "watcher.js"
Launch = Callable[[Path], Browser]
OpenPage = Callable[..., Page]


@contextmanager
def open_pages(browser: Browser, address: str) -> Iterator[OpenPage]:
    """Open pages, each in a fresh context, recorded; a path is one of `address`.

    At the end, no console may hold an error or a warning (a violation of the Content-Security-Policy is one) but those
    that match `may`, and nothing may have been asked of any other host.
    """
    pages: list[Page] = []
    complaints: list[str] = []

    def open_new(path: str = "/", *, init: str = "", may: str = "^$", **options: object) -> Page:
        page = browser.new_context(**options).new_page()  # type: ignore[arg-type]  # passed on as they are
        pages.append(page)
        start = path if path.startswith("http") else address + path

        def note(message: ConsoleMessage) -> None:
            if message.type in {"error", "warning"} and not re.search(may, message.text):
                complaints.append(message.text)

        def note_request(request: Request) -> None:
            if urlsplit(request.url).netloc != urlsplit(start).netloc:
                complaints.append(f"asked {request.url}")

        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", note_request)
        page.on("websocket", lambda socket: complaints.extend(_strange_socket(socket.url, start)))
        page.add_init_script(path=recorder.SCRIPT)
        page.add_init_script(path=WATCHER)
        page.add_init_script(init)
        page.goto(start)
        return page

    yield open_new
    for page in pages:
        page.context.close()
    assert complaints == [], complaints


def _strange_socket(url: str, start: str) -> list[str]:
    return [] if urlsplit(url).netloc == urlsplit(start).netloc else [f"connected to {url}"]


def talk(page: Page) -> None:
    """Press the great button and wait until the page listens."""
    page.get_by_role("button", name="Talk", exact=True).click()
    await_phase(page, "listening")


def type_question(page: Page, text: str) -> None:
    """Ask in writing."""
    page.get_by_label("Type instead of talking").fill(text)
    page.keyboard.press("Enter")


def line(page: Page, item: str) -> Locator:
    """Return one caption."""
    return page.locator(f".line[data-id={item}]")


def answers(page: Page) -> Locator:
    """Return the captions of what the assistant said, those that were cut off too."""
    return page.locator(".line[data-role=assistant]")


def questions(page: Page) -> Locator:
    """Return the captions of what the speaker said or typed."""
    return page.locator(".line[data-role=user]")


def views(page: Page) -> list[dict[str, Any]]:
    """Return all that the page showed so far, in order: `at` (ms), `phase`, `lines`."""
    seen: list[dict[str, Any]] = page.evaluate("takeViews()")
    return seen


def now_ms(page: Page) -> float:
    """Return the page's clock, by which `views` and recordings are timed."""
    return float(page.evaluate("performance.now()"))


def await_phase(page: Page, phase: str, *, within_s: float = 15) -> None:
    """Wait until the page is in a phase."""
    expect(page.locator("body")).to_have_attribute("data-phase", phase, timeout=within_s * 1000)

"""What the tests of whole journeys share: a browser whose microphone plays a recording, and the running assistant."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, sync_playwright

from tests.e2e.fake_realtime import FakeRealtime, serve
from tests.e2e.microphone import write_microphone
from tests.e2e.page_steps import Launch, OpenPage
from tests.e2e.running_stack import Stack, run_stack

QUESTION = Path(__file__).parents[1] / "data" / "question_en.wav"
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",  # containers, where tests often run, lack what the sandbox is made of
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--host-resolver-rules=MAP kaiwa.test 127.0.0.1",  # an address that a browser does not count as this machine
)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole assistant, as `make run` starts it, on ports of its own."""
    with run_stack(tmp_path_factory.mktemp("stack") / "output.log") as stack:
        yield stack


@pytest.fixture(scope="module")  # no longer: while it runs, its thread can run no other event loop
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def launch(playwright: Playwright) -> Iterator[Launch]:
    """Starts a browser whose microphone plays a WAV (48 kHz, 16 bit) once."""
    if not CHROMIUM.exists():
        pytest.fail("Chromium is missing: sudo apt-get install -y chromium")
    browsers: list[Browser] = []

    def launch_browser(microphone: Path) -> Browser:
        flags = [*FLAGS, f"--use-file-for-fake-audio-capture={microphone}%noloop"]
        browsers.append(playwright.chromium.launch(executable_path=CHROMIUM, args=flags))
        return browsers[-1]

    yield launch_browser
    for browser in browsers:
        browser.close()


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

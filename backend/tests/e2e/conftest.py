"""What the tests of whole journeys share: a browser whose microphone plays a recording, and the running assistant."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.e2e.running_stack import Stack, run_stack

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

Launch = Callable[[Path], Browser]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole assistant, as `make run` starts it, on ports of its own."""
    with run_stack(tmp_path_factory.mktemp("stack") / "output.log") as stack:
        yield stack


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
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

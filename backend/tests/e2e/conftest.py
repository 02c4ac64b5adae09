"""What the tests of whole journeys share: a browser whose microphone plays a recording, and the running assistant."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.e2e.fake_realtime import FRONTEND, FakeRealtime, serve
from tests.e2e.microphone import compose
from tests.e2e.mock_stack import MockStack, run_mock_stack
from tests.e2e.running_stack import Stack, run_stack
from tests.e2e.visits import Launch, OpenPage, open_pages

DATA = Path(__file__).parents[1] / "data"
QUESTION = DATA / "question_en.wav"
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
    "--host-resolver-rules=MAP kaiwa.test 127.0.0.1",  # an address that a browser does not count as this machine
)


Note = Callable[[str, float], None]
MEASURED = pytest.StashKey[dict[str, list[float]]]()


@pytest.fixture
def note(pytestconfig: pytest.Config) -> Note:
    """Notes a measured number; all of them are shown at the end."""
    measured = pytestconfig.stash.setdefault(MEASURED, {})
    return lambda what, number: measured.setdefault(what, []).append(number)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for what, numbers in config.stash.get(MEASURED, {}).items():
        terminalreporter.write_line(f"measured: {what}: {', '.join(f'{number:.5g}' for number in numbers)}")


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


@pytest.fixture(scope="session")
def built_page() -> Path:
    """The folder of the page as a browser gets it."""
    folder = FRONTEND / "dist"
    if not (folder / "index.html").exists():
        pytest.fail("the page is not built: make page")
    return folder


@pytest.fixture
def scripted(built_page: Path) -> Iterator[FakeRealtime]:
    """A server that says what a test tells it to."""
    with serve(built_page) as fake:
        yield fake


@pytest.fixture
def open_scripted(browser: Browser, scripted: FakeRealtime) -> Iterator[OpenPage]:
    """Opens the page of the scripted server."""
    with open_pages(browser, scripted.address) as opening:
        yield opening


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest, launch: Launch, tmp_path_factory: pytest.TempPathFactory) -> Browser:
    """Its microphone plays the module's `MICROPHONE`, from the start each time that it is opened."""
    pieces = getattr(request.module, "MICROPHONE", (0.2, QUESTION, 30.0))
    return launch(compose(tmp_path_factory.mktemp("microphone") / "microphone.wav", pieces))


@pytest.fixture(scope="session")
def mock_stack(built_page: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MockStack]:
    """The real backend before mocks, for all tests together."""
    with run_mock_stack(tmp_path_factory.mktemp("mocks")) as stack:
        yield stack


@pytest.fixture
def mocked(mock_stack: MockStack) -> MockStack:
    """The same, as at the start."""
    mock_stack.restore()
    return mock_stack


@pytest.fixture
def open_mocked(browser: Browser, mocked: MockStack) -> Iterator[OpenPage]:
    """Opens the page of the backend before mocks."""
    with open_pages(browser, mocked.address) as opening:
        yield opening

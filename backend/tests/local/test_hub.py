import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path

import pytest

from app.local import hub
from app.local.hub import SourceFailed
from app.local.progress import Progress

DATA = bytes(range(256)) * 40
ANSWER_S = 5.0


class Hub:
    """A model hub that can be silent, refuse, ignore ranges and break off."""

    def __init__(self) -> None:
        self.ranges: list[str | None] = []
        self.status = 200
        self.honours_ranges = True
        self.breaks_after: list[int] = []
        self.silent = threading.Event()
        self.data = DATA
        self.url = ""


@pytest.fixture
def model_hub() -> Iterator[Hub]:
    with serving(Hub()) as running:
        yield running


@contextmanager
def serving(state: Hub) -> Iterator[Hub]:
    released = threading.Event()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers["Range"]
            state.ranges.append(asked)
            if state.silent.is_set():
                released.wait()
                return
            begin = int(asked.removeprefix("bytes=").rstrip("-")) if asked and state.honours_ranges else 0
            self.send_response(206 if begin else state.status)
            if begin:
                self.send_header("Content-Range", f"bytes {begin}-{len(state.data) - 1}/{len(state.data)}")
            self.send_header("Content-Length", str(len(state.data) - begin))
            self.end_headers()
            until = begin + state.breaks_after.pop(0) if state.breaks_after else len(state.data)
            self.wfile.write(state.data[begin:until])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    state.url = f"http://127.0.0.1:{server.server_port}/model.bin"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        released.set()
        server.shutdown()
        thread.join()
        server.server_close()


def fetch(state: Hub, part: Path, answer_s: float = ANSWER_S) -> str:
    screen = StringIO()
    hub.fetch(state.url, part, Progress("model", len(DATA), screen=screen), answer_s)
    return screen.getvalue()


def test_fetches_the_whole_file_and_shows_how_far_it_is(model_hub: Hub, tmp_path: Path) -> None:
    shown = fetch(model_hub, tmp_path / "part")

    assert (tmp_path / "part").read_bytes() == DATA
    assert "100 %" in shown


def test_goes_on_where_an_earlier_run_stopped(model_hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(DATA[:1000])

    fetch(model_hub, tmp_path / "part")

    assert model_hub.ranges == ["bytes=1000-"]
    assert (tmp_path / "part").read_bytes() == DATA


def test_takes_a_broken_connection_up_again(model_hub: Hub, tmp_path: Path) -> None:
    model_hub.breaks_after = [3000, 3000]

    fetch(model_hub, tmp_path / "part")

    assert model_hub.ranges == [None, "bytes=3000-", "bytes=6000-"]
    assert (tmp_path / "part").read_bytes() == DATA


def test_gives_up_when_an_attempt_brings_nothing_and_keeps_what_there_is(model_hub: Hub, tmp_path: Path) -> None:
    model_hub.breaks_after = [3000, 0]

    with pytest.raises(SourceFailed, match="broke off"):
        fetch(model_hub, tmp_path / "part")

    assert (tmp_path / "part").read_bytes() == DATA[:3000]


def test_starts_anew_when_the_hub_knows_no_ranges(model_hub: Hub, tmp_path: Path) -> None:
    model_hub.honours_ranges = False
    (tmp_path / "part").write_bytes(b"x" * 1000)

    fetch(model_hub, tmp_path / "part")

    assert (tmp_path / "part").read_bytes() == DATA


def test_asks_nothing_for_a_part_that_is_whole(model_hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "part").write_bytes(DATA)

    fetch(model_hub, tmp_path / "part")

    assert model_hub.ranges == []


def test_passes_over_a_silent_hub(model_hub: Hub, tmp_path: Path) -> None:
    model_hub.silent.set()

    with pytest.raises(SourceFailed, match=r"did not answer within 0\.05 s"):
        fetch(model_hub, tmp_path / "part", answer_s=0.05)


@pytest.mark.parametrize("status", [403, 404, 503])
def test_passes_over_a_hub_that_refuses(model_hub: Hub, tmp_path: Path, status: int) -> None:
    model_hub.status = status

    with pytest.raises(SourceFailed, match=f"answered {status}"):
        fetch(model_hub, tmp_path / "part")


def test_passes_over_a_file_of_another_size(model_hub: Hub, tmp_path: Path) -> None:
    model_hub.data = DATA + b"more"

    with pytest.raises(SourceFailed, match=f"has a file of {len(DATA) + 4} bytes instead of {len(DATA)}"):
        fetch(model_hub, tmp_path / "part")


def test_passes_over_a_hub_that_cannot_be_reached(tmp_path: Path) -> None:
    with serving(Hub()) as gone:
        pass

    with pytest.raises(SourceFailed, match="cannot be reached"):
        fetch(gone, tmp_path / "part")

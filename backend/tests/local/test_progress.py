from io import StringIO

from app.local.progress import Progress

MEGABYTE = 1_000_000


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_log_gets_a_line_for_each_tenth() -> None:
    clock, screen = Clock(), StringIO()
    progress = Progress("model", 100 * MEGABYTE, clock, screen)

    progress.begin(0)
    for _ in range(100):
        clock.now += 1
        progress.add(MEGABYTE)
    progress.end()

    lines = screen.getvalue().splitlines()
    assert len(lines) == 11
    assert lines[5] == "model: 50 %, 50 of 100 MB, 1.0 MB/s, 50 s left"


def test_a_terminal_is_redrawn_now_and_then_and_at_the_end() -> None:
    clock, screen = Clock(), Terminal()
    progress = Progress("model", 100 * MEGABYTE, clock, screen)

    progress.begin(0)
    for _ in range(100):
        clock.now += 0.01
        progress.add(MEGABYTE)
    progress.end()

    shown = screen.getvalue()
    assert 4 <= shown.count("\r") <= 8
    assert shown.endswith("\n")
    assert "[########################] 100 %" in shown


def test_speed_counts_only_what_was_fetched_now() -> None:
    clock, screen = Clock(), StringIO()
    progress = Progress("model", 100 * MEGABYTE, clock, screen)

    progress.begin(80 * MEGABYTE)
    clock.now = 5
    progress.add(10 * MEGABYTE)

    assert screen.getvalue().splitlines()[-1] == "model: 90 %, 90 of 100 MB, 2.0 MB/s, 5 s left"

"""One line that says how far a download is: redrawn on a terminal, now and then in a log."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TextIO

BAR_WIDTH = 24
REDRAW_S = 0.2
LOG_STEP_PERCENT = 10
MEGABYTE = 1_000_000


@dataclass(slots=True)
class Progress:
    """Counts the bytes of one file.

    Args:
        name: what is being fetched.
        total: its size in bytes.
        clock: seconds that only grow.
        screen: where to write.
    """

    name: str
    total: int
    clock: Callable[[], float] = time.monotonic
    screen: TextIO = field(default_factory=lambda: sys.stderr)
    _done: int = 0
    _shown_at: float = float("-inf")
    _logged_percent: int = -LOG_STEP_PERCENT
    _began_at: float = 0.0
    _began_with: int = 0

    def begin(self, done: int) -> None:
        """Start counting at `done` bytes, which were there already."""
        self._began_at, self._began_with = self.clock(), done
        self._show(done)

    def add(self, count: int) -> None:
        """Count `count` more bytes."""
        self._show(self._done + count)

    def end(self) -> None:
        """Leave the line, so that what follows starts on its own."""
        if self.screen.isatty():
            self.screen.write("\n")
        self.screen.flush()

    def _show(self, done: int) -> None:
        self._done = done
        percent = min(100, 100 * done // self.total)
        if self.screen.isatty():
            if done < self.total and self.clock() - self._shown_at < REDRAW_S:
                return
            self._shown_at = self.clock()
            filled = BAR_WIDTH * percent // 100
            bar = "#" * filled + "-" * (BAR_WIDTH - filled)
            self.screen.write(f"\r{self.name} [{bar}] {self._figures(percent)}\x1b[K")
        elif percent >= self._logged_percent + LOG_STEP_PERCENT:
            self._logged_percent = percent - percent % LOG_STEP_PERCENT
            self.screen.write(f"{self.name}: {self._figures(percent)}\n")
        self.screen.flush()

    def _figures(self, percent: int) -> str:
        figures = f"{percent} %, {self._done // MEGABYTE} of {self.total // MEGABYTE} MB"
        seconds = self.clock() - self._began_at
        fetched = self._done - self._began_with
        if seconds <= 0 or fetched <= 0:
            return figures
        left_s = max(0, self.total - self._done) * seconds / fetched
        return f"{figures}, {fetched / seconds / MEGABYTE:.1f} MB/s, {left_s:.0f} s left"

"""The table of an `overhead` run, with the bars that the project sets itself."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.cli.bench.figures import Spread
from app.cli.bench.overhead import MIN_SPEECH_MS, Result
from app.cli.bench.stage import FULL_CORE, Run


@dataclass(frozen=True, slots=True)
class Row:
    """One figure and its bar: at most `most`, or at least `least`."""

    name: str
    values: tuple[float, ...]  # p50 and p95, or the one there is
    most: tuple[float, ...] = ()
    least: float | None = None
    is_open: bool = False  # more may be possible than was tried

    @property
    def holds(self) -> bool | None:
        """Whether the bar is held; None where there is none or it was not tried. What never came does not hold."""
        if self.least is not None:
            return True if self.values[0] >= self.least else None if self.is_open else False
        if not self.most:
            return None
        return all(value <= most for value, most in zip(self.values[-len(self.most) :], self.most, strict=True))

    @property
    def bar(self) -> str:
        """The bar in words."""
        if self.least is not None:
            return f"at least {self.least:g}"
        return f"at most {' / '.join(f'{most:g}' for most in self.most)}" if self.most else ""


def rows(result: Result) -> Iterator[Row]:
    """Return every published figure."""
    yield Row("overhead, ms", _both(result.one.overhead_ms), most=(15, 25))
    yield Row("interruption to silence, ms", _both(result.interruption_ms))
    yield Row(
        "  beyond the gate's minimum of speech", _both(result.interruption_ms.plus(-MIN_SPEECH_MS)), most=(40, 40)
    )
    yield Row("onset to first partial transcript, ms", _both(result.partial_ms), most=(500,))
    yield Row("sessions per core", (result.good.sessions,), least=64, is_open=result.could_be_more)
    yield Row("memory per session, MB", (result.mb_per_session,), most=(3,))
    yield Row("CPU seconds per session-minute", (result.good.cpu_s_per_session_minute,), most=(0.6,))


def table(result: Result) -> Iterator[str]:
    """Return the lines to print."""
    yield f"{'':<40}{'p50':>9}{'p95':>9}   bar"
    for row in rows(result):
        values = "".join(f"{_show(value):>9}" for value in row.values)
        verdict = {True: "held", False: "MISSED", None: ""}[row.holds]
        yield f"{row.name:<40}{values:<18}   {row.bar:<18} {verdict}".rstrip()
    yield ""
    yield "sessions   overhead p50    p95   missed   backend's core   the other core   packets late p95       MB"
    for run in (result.one, *result.steps):
        yield _line(run) + ("" if result.holds(run) else "   void" if run.is_void else "   too many")
    if result.could_be_more:
        yield "The backend's core was not full: it may hold more sessions than were tried or could be driven."
    if result.is_void:
        yield f"VOID: talkers and mock servers took more than {FULL_CORE:.0%} of their core, so this measures them."


def bars(result: Result) -> list[dict[str, Any]]:
    """Return for JSON which bars are held."""
    return [{"name": row.name.strip(), "bar": row.bar, "held": row.holds} for row in rows(result) if row.bar]


def _line(run: Run) -> str:
    overhead = run.overhead_ms
    return (
        f"{run.sessions:>8}{_show(overhead.p50):>15}{_show(overhead.p95):>7}{run.missed:>9}"
        f"{run.backend_share:>17.0%}{run.generator_share:>17.0%}{_show(run.late_ms.p95):>19}{run.rss_mb:>9.0f}"
    )


def _both(spread: Spread) -> tuple[float, float]:
    return spread.p50, spread.p95


def _show(value: float) -> str:
    if not math.isfinite(value):
        return "none"
    return str(value) if isinstance(value, int) else f"{value:.2f}" if abs(value) < 10 else f"{value:.0f}"  # noqa: PLR2004 - three digits tell enough

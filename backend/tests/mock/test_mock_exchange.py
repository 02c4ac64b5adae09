from types import SimpleNamespace

import pytest

from app.mock import exchange as exchange_module
from app.mock.exchange import TOLERANCE_S, Exchange


class LateClock:
    """A clock that only sleeping moves, always a little longer than was asked."""

    def __init__(self, late_s: float) -> None:
        self.now = 100.0
        self.late_s = late_s

    def perf_counter(self) -> float:
        return self.now

    async def pause(self, seconds: float) -> None:
        self.now += seconds + self.late_s


@pytest.mark.parametrize("late_s", [0.003, -0.0004])
async def test_lateness_does_not_add_up_over_a_stream(monkeypatch: pytest.MonkeyPatch, late_s: float) -> None:
    clock = LateClock(late_s)
    monkeypatch.setattr(exchange_module, "time", clock)
    one = Exchange.__new__(Exchange)
    one.connection = SimpleNamespace(pause=clock.pause)  # type: ignore[assignment]
    one.restart_clock()

    for token in range(50):
        await one.until(120 + 20 * token)

    assert one.elapsed_ms() == pytest.approx(120 + 20 * 49, abs=max(abs(late_s), TOLERANCE_S) * 1000 + 0.001)


async def test_what_is_past_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = LateClock(0)
    monkeypatch.setattr(exchange_module, "time", clock)
    one = Exchange.__new__(Exchange)
    one.restart_clock()
    clock.now += 1

    await one.until(1000)
    await one.until(0)

    assert one.elapsed_ms() == pytest.approx(1000)

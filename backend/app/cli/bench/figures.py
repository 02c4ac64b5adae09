"""Figures as they are reported: percentiles by nearest rank, so that one that never came counts as infinite."""

import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle and the bad end of some values."""

    p50: float
    p95: float
    count: int

    @classmethod
    def of(cls, values: Iterable[float | None]) -> "Spread":
        """Return the percentiles of those that are not None; of nothing they are NaN."""
        known = sorted(value for value in values if value is not None)
        return cls(_rank(known, 0.50), _rank(known, 0.95), len(known))

    def plus(self, offset: float) -> "Spread":
        """Return the same, `offset` further on."""
        return Spread(self.p50 + offset, self.p95 + offset, self.count)

    def as_json(self) -> dict[str, float | int | None]:
        """Return what is written to the file; JSON knows neither NaN nor infinity."""
        return {"p50": finite(self.p50), "p95": finite(self.p95), "count": self.count}


def finite(value: float, digits: int = 2) -> float | None:
    """Return the value, rounded, or None where there is no number for it."""
    return round(value, digits) if math.isfinite(value) else None


def describe_machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in info if line.startswith(("model name", "Model"))]
    return {
        "processor": names[0] if names else "unknown",
        "cores": len(os.sched_getaffinity(0)),
        "load_before": [round(load, 2) for load in os.getloadavg()],
    }


def _rank(ordered: list[float], share: float) -> float:
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan

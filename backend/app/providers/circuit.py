"""Whether an endpoint may be used: proved by a real inference, taken out by failures, proved anew before it comes back.

No clock and no I/O here: the time is an argument, in seconds.
"""

from dataclasses import dataclass
from typing import Literal

State = Literal["loading", "ready", "down"]


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient to be: failures in a row until an endpoint is taken out, and seconds between looks at it."""

    failures: int = 3
    healthy_s: float = 5.0
    first_retry_s: float = 1.0
    longest_retry_s: float = 10.0


class Circuit:
    """State of one endpoint; `loading` also means not yet proved."""

    def __init__(self, pace: Pace) -> None:
        self.state: State = "loading"
        self.reason: str | None = None
        self.since: float | None = None
        self._pace = pace
        self._failures = 0  # in a row
        self._outages = 0  # failed looks and relapses since the last success of a real request

    @property
    def is_doubtful(self) -> bool:
        """Whether requests failed lately, but not yet enough of them."""
        return self.state == "ready" and self._failures > 0

    def pause_s(self) -> float:
        """Return how long to wait before the next look."""
        if self.state == "ready":
            return self._pace.healthy_s
        doublings = min(max(self._outages - 1, 0), 16)
        return float(min(self._pace.first_retry_s * 2**doublings, self._pace.longest_retry_s))

    def succeed(self) -> bool:
        """Take a served request into account; return whether this changed the state."""
        self._failures = self._outages = 0
        return self._become_ready()

    def prove(self) -> bool:
        """Take a canary that sang into account; return whether this changed the state.

        Failures of real requests stay counted while the endpoint is in use: who passes only the easy test will go.
        """
        if self.state != "ready":
            self._failures = 0
        return self._become_ready()

    def fail(self, now: float, reason: str) -> bool:
        """Take a failed request into account; return whether the endpoint is taken out by it."""
        self._failures += 1
        if self.state == "ready" and self._failures < self._pace.failures:
            return False
        return self.open(now, reason)

    def open(self, now: float, reason: str, state: Literal["loading", "down"] = "down") -> bool:
        """Take the endpoint out at once; return whether this changed the state."""
        is_new = self.state != state or self.since is None
        if is_new:
            self.since = now
        self._outages += 1
        self.state, self.reason = state, reason
        return is_new

    def _become_ready(self) -> bool:
        if self.state == "ready":
            return False
        self.state, self.reason, self.since = "ready", None, None
        return True

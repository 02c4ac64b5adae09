"""What one client may ask for: a token bucket, and the numbers of a session."""

from collections.abc import Callable
from dataclasses import dataclass

Clock = Callable[[], float]
"""Seconds that only grow, such as `time.monotonic`."""


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """The limits of one session."""

    idle_s: float = 900.0
    longest_s: float = 7200.0
    utterance_s: float = 60.0
    messages_per_s: float = 200.0
    audio_burst_s: float = 120.0  # how much sound may arrive ahead of real time
    outbox_ahead_s: float = 2.0
    outbox_lag_s: float = 10.0
    errors: int = 200  # refused messages after which the client is sent away
    items: int = 1000  # of the conversation; the oldest are forgotten first
    pending_transcripts: int = 8
    side_responses: int = 4  # out-of-band responses at once
    catch_up_s: float = 10.0  # sound that a client may send at once after it has taken a conversation up


class TokenBucket:
    """Lets `rate` tokens a second pass, and `burst` at once.

    Args:
        rate: tokens per second that come back.
        burst: how many there are at most, and at first.
        clock: seconds that only grow.
    """

    def __init__(self, rate: float, burst: float, clock: Clock) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._tokens = burst
        self._granted = 0.0
        self._then = clock()

    def grant(self, tokens: float) -> None:
        """Let so many pass besides, once; they are used first."""
        self._granted += tokens

    def take(self, tokens: float = 1.0) -> bool:
        """Take tokens if there are enough; say whether there were."""
        if tokens <= self._granted:
            self._granted -= tokens
            return True
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._then) * self._rate)
        self._then = now
        if tokens > self._tokens:
            return False
        self._tokens -= tokens
        return True

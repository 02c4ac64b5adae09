"""When things happened in one turn. One meaning each, and one line in the log.

onset, end: the first and the last voiced sample · partial: onset to the first hypothesis, stable or not ·
final: end to the final transcript · first_token: end to the answer's first token ·
tts_start: end to the first sound sent, the end silence included.
"""

from dataclasses import dataclass, field
from typing import Any

from app.session.limits import Clock


@dataclass(slots=True)
class TurnTimings:
    """Clock seconds of one turn; None for what did not happen."""

    clock: Clock
    begun_at: float = field(init=False)
    onset_at: float | None = None
    end_at: float | None = None
    partial_at: float | None = None
    final_at: float | None = None
    first_token_at: float | None = None
    first_audio_at: float | None = None
    voiced_ms: int | None = None
    sentences: int = 0

    def __post_init__(self) -> None:
        self.begun_at = self.clock()

    def mark(self, name: str) -> None:
        """Note that something has happened now, if it has not happened before."""
        field = f"{name}_at"
        if getattr(self, field) is None:
            setattr(self, field, self.clock())

    def as_marks(self) -> dict[str, Any]:
        """What the client is told, in milliseconds: since the end of speech, or else since the turn was asked for."""
        since = self.begun_at if self.end_at is None else self.end_at
        return {
            "speech_ms": _between(self.onset_at, self.end_at),
            "partial_ms": _between(self.onset_at, self.partial_at),
            "final_ms": _between(since, self.final_at),
            "first_token_ms": _between(since, self.first_token_at),
            "first_audio_ms": _between(since, self.first_audio_at),
        }

    def since_end(self, name: str) -> float | None:
        """Milliseconds from the end of speech to what `name` marks."""
        return _between(self.end_at, getattr(self, f"{name}_at"))

    def as_fields(self) -> dict[str, float | int | None]:
        """The fields of the turn's line in the log, in milliseconds."""
        return {
            "speech_ms": _between(self.onset_at, self.end_at),
            "voiced_ms": self.voiced_ms,
            "partial_ms": _between(self.onset_at, self.partial_at),
            "final_ms": self.since_end("final"),
            "first_token_ms": self.since_end("first_token"),
            "tts_start_ms": self.since_end("first_audio"),
            "sentences": self.sentences,
        }


def _between(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else round((end - start) * 1000, 1)

"""From what a talker said and what it heard, by one clock, to the figures of each turn."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from app.cli.bench.ears import Ears, Reply
from app.cli.bench.sound import Voiced
from app.cli.bench.talker import END_SILENCE_MS

STT_MS, FIRST_SENTENCE_MS, TTS_MS = 80, 120 + 7 * 20, 90
"""The delays of the mock servers: `python -m app.mock`'s own, with a first sentence of eight tokens."""
EXPECTED_MS = END_SILENCE_MS + STT_MS + FIRST_SENTENCE_MS + TTS_MS
NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and what came of it, in milliseconds; a figure that does not apply is None."""

    answer_ms: float  # from the end of the last voiced frame to the first audible sample; infinite: none came
    partial_ms: float | None  # from the first voiced sample to the first hypothesis
    final_ms: float | None  # from the end to the final transcript
    interruption_ms: float | None  # from the first voiced sample to silence on the wire
    reply_id: str | None

    @property
    def overhead_ms(self) -> float:
        """What we add to the end silence and the servers' delays."""
        return self.answer_ms - EXPECTED_MS


def match(said: Sequence[Voiced], started_at: float, ears: Ears) -> list[Turn]:
    """Return a turn for each utterance; `said` is in the talker's own milliseconds.

    An utterance that comes while the answer before is still being sent interrupts it.
    """
    turns = []
    for number, each in enumerate(said):
        onset_at, end_at = started_at + each.onset_ms / 1000, started_at + each.end_ms / 1000
        next_at = started_at + said[number + 1].onset_ms / 1000 if number + 1 < len(said) else NEVER
        reply = next((r for r in ears.replies if end_at < r.created_at < next_at and r.audible_at), None)
        turns.append(
            Turn(
                answer_ms=(reply.audible_at - end_at) * 1000 if reply and reply.audible_at else NEVER,
                partial_ms=_first_after(ears.partials, onset_at, next_at),
                final_ms=_first_after(ears.finals, end_at, next_at),
                interruption_ms=_interruption(ears.replies, onset_at, end_at),
                reply_id=reply.id if reply else None,
            )
        )
    return turns


def _first_after(moments: Sequence[float], begin: float, before: float) -> float | None:
    place = bisect_right(moments, begin)
    return (moments[place] - begin) * 1000 if place < len(moments) and moments[place] < before else None


def _interruption(replies: Sequence[Reply], onset_at: float, end_at: float) -> float | None:
    """Return when the answer before fell silent; infinite if it went on until the end of the interruption."""
    before = [reply for reply in replies if reply.audible_at and reply.audible_at < onset_at]
    if not before or before[-1].silent_at < onset_at:
        return None  # everything had been sent
    silent_at = before[-1].silent_at
    return (silent_at - onset_at) * 1000 if silent_at < end_at else NEVER

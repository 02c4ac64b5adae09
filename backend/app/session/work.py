"""One turn's work: what it waits for, what runs for it, and its line in the log."""

import asyncio
from dataclasses import dataclass, field

from app.log import logger
from app.session.answer import Answer
from app.session.state import SessionState
from app.session.timings import TurnTimings
from app.wire import kaiwa_events as ours

log = logger()


@dataclass(slots=True)
class TurnWork:
    """The work of one turn. Nothing of it may be seen before `released` is set."""

    number: int
    timings: TurnTimings
    request_id: str
    released: asyncio.Event = field(default_factory=asyncio.Event)
    item_id: str = ""  # of the utterance, if there is one
    utterance_end_ms: int = 0
    words: str | None = None  # what was said, once it is known
    seconds: float = 0.0  # how long the utterance is
    transcribing: asyncio.Task[None] | None = None
    answer: Answer | None = None
    answering: asyncio.Task[None] | None = None
    over: bool = False

    @property
    def held(self) -> bool:
        """Whether nothing of it may be seen yet."""
        return not self.released.is_set()

    def stop_answer(self) -> None:
        """Cancel the answer. A transcription goes on: what was said belongs to the conversation."""
        if self.answering:
            self.answering.cancel()

    def drop(self) -> None:
        """Cancel everything: the turn never was."""
        self.stop_answer()
        if self.transcribing:
            self.transcribing.cancel()

    def tell_timings(self, state: SessionState, outcome: str | None = None) -> None:
        """Tell the client how long each step took, if it understands that."""
        if state.config.kaiwa_enabled:
            response_id = self.answer.response.id if self.answer else None
            who = (self.number, self.request_id, self.item_id or None, response_id)
            timings = ours.TurnTimings(*who, **self.timings.as_marks(), outcome=outcome)
            # Behind what was sent of the response: a client first hears of it there.
            if response_id:
                state.outbox.post(response_id, timings)
            else:
                state.outbox.tell(timings)

    def conclude(self, state: SessionState, outcome: str, error: str | None = None) -> None:
        """Write the turn's one line and tell the client; a second outcome, such as a late cut, changes nothing."""
        if self.over:
            return
        self.over = True
        self.tell_timings(state, outcome)
        timings, metrics = self.timings, state.services.metrics
        who = {"turn": self.number, "request_id": self.request_id}
        log.info("turn.done", **who, outcome=outcome, error=error, **timings.as_fields())
        metrics.turns.labels(outcome).inc()
        for histogram, start, end in (
            (metrics.partial, timings.onset_at, timings.partial_at),
            (metrics.final, timings.end_at, timings.final_at),
            (metrics.tts_start, timings.end_at, timings.first_audio_at),
        ):
            if start is not None and end is not None:
                histogram.observe(end - start)

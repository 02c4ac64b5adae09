"""Finding out what was said: hypotheses while somebody speaks, the final words when they are done."""

import asyncio

from app.core.audio import FRAME_RATE, Samples, energy_dbfs
from app.core.events import Utterance
from app.core.invention import Evidence, invented, without_tags
from app.core.partial import StablePrefix
from app.errors import ProviderError, ProviderRefused
from app.log import logger
from app.ports import Transcript
from app.session.state import SessionState
from app.session.tasks import Spawn
from app.session.timings import TurnTimings
from app.wire import kaiwa_events as ours
from app.wire import server_events as wire

log = logger()


class Transcriber:
    """Final transcripts of one session, one after the other; none is given up while the session lives."""

    def __init__(self, state: SessionState) -> None:
        self._state = state
        self._in_order = asyncio.Lock()
        self._pending = 0

    async def transcribe(self, utterance: Utterance) -> Transcript | None:
        """Return the words, or None when there were none in it.

        Raises:
            ProviderError: they could not be had, or too many utterances are waiting already.
        """
        if self._pending >= self._state.limits.pending_transcripts:
            raise ProviderRefused("stt", "too many utterances are waiting to be transcribed")
        self._pending += 1
        try:
            async with self._in_order:
                heard = await self._state.services.stt.transcribe(utterance.samples, language=self._language())
        finally:
            self._pending -= 1
        return self._judge(utterance, heard)

    def _language(self) -> str | None:
        languages = self._state.languages
        return None if languages.should_detect() else languages.current

    def _judge(self, utterance: Utterance, heard: Transcript) -> Transcript | None:
        evidence = Evidence(
            text=heard.text,
            language=heard.language or self._state.languages.current,
            voiced_ms=utterance.voiced_ms,
            energy_dbfs=energy_dbfs(_voiced_part(utterance)),
            no_speech_prob=heard.no_speech_prob,
            avg_logprob=heard.avg_logprob,
        )
        if (reason := invented(evidence)) is not None:
            log.info("transcript.dropped", reason=reason, voiced_ms=utterance.voiced_ms)
            return None
        self._state.languages.observe(heard.language, heard.avg_logprob)
        return heard


def _voiced_part(utterance: Utterance) -> Samples:
    per_ms = FRAME_RATE // 1000
    first, last = utterance.onset_ms - utterance.start_ms, utterance.end_ms - utterance.start_ms
    return utterance.samples[first * per_ms : last * per_ms]


class Partials:
    """Hypotheses of the utterance that is growing: one in flight, skipped and never queued.

    Args:
        state: the session's.
        spawn: starts a task that the session owns.
    """

    def __init__(self, state: SessionState, spawn: Spawn) -> None:
        self._state, self._spawn = state, spawn
        self._prefix, self._sent = StablePrefix(), ""
        self._item_id = ""
        self._timings: TurnTimings | None = None
        self._asked_at_ms = 0
        self._paused = False
        self._in_flight: asyncio.Task[None] | None = None

    def begin(self, item_id: str, timings: TurnTimings) -> None:
        """Listen along to a new utterance."""
        self.stop()
        self._prefix, self._sent = StablePrefix(), ""
        self._item_id, self._timings = item_id, timings
        self._asked_at_ms = -self._state.services.manner.partial_interval_ms
        self._paused = False

    def stop(self) -> None:
        """Speech is over: what is in flight is aborted, so that the recogniser is free for the final words."""
        self._abort()
        self._timings = None

    def pause(self, *, paused: bool) -> None:
        """Speech may be over, and the final words are being found in secret; or it goes on."""
        self._paused = paused
        self._abort()

    def _abort(self) -> None:
        if self._in_flight:
            self._in_flight.cancel()
            self._in_flight = None

    def grow(self) -> None:
        """Ask for a hypothesis if it is time and none is in flight."""
        now_ms = self._state.hearing.received_ms
        due = now_ms - self._asked_at_ms >= self._state.services.manner.partial_interval_ms
        if self._timings is None or self._paused or self._in_flight or not due:
            return
        samples = self._state.hearing.so_far()
        if samples is not None:
            self._asked_at_ms = now_ms
            self._in_flight = self._spawn(self._ask, samples, self._timings)

    async def _ask(self, samples: Samples, timings: TurnTimings) -> None:
        languages = self._state.languages
        language = None if languages.should_detect() else languages.current
        try:
            heard = await self._state.services.stt.transcribe(samples, language=language)
        except ProviderError as error:
            log.debug("partial.failed", code=error.code)  # the final transcript will tell the speaker
        else:
            if timings is self._timings:
                self._show(heard.text, timings)
        finally:
            if self._in_flight is asyncio.current_task():
                self._in_flight = None

    def _show(self, text: str, timings: TurnTimings) -> None:
        hypothesis = without_tags(text)
        if not hypothesis:
            return
        timings.mark("partial")
        stable, unstable = self._prefix.push(hypothesis)
        delta, self._sent = stable[len(self._sent) :], stable
        outbox = self._state.outbox
        if delta and self._state.config.transcription:
            outbox.tell(wire.InputAudioTranscriptionDelta(self._item_id, 0, delta))
        if self._state.config.kaiwa_enabled:
            outbox.tell(ours.TranscriptionPartial(self._item_id, stable, unstable))

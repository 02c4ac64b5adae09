"""An answer, as a straight line: write, split into sentences, voice, deliver.

Two finished sentences wait between one step and the next; nothing reaches the client before the answer is released.
When a provider fails for good, what was made before is still delivered, then an apology that needs no provider.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from app.core.sentences import SentenceSplitter
from app.core.tool_text import ToolCall
from app.errors import InternalError, ProviderError
from app.ports import ChatRequest
from app.session.response import Response
from app.session.spec import AnswerSpec
from app.session.state import SessionState
from app.session.timings import TurnTimings
from app.session.voice import Spoken, Voice
from app.session.writer import Words, Writer, Written
from app.wire.audio import AudioEncoder, Delta, to_base64

_SENTENCES = 2
_APOLOGIES = {
    "en": "I am sorry, something went wrong. Please ask me again.",
    "ja": "申し訳ありません。問題が起きました。もう一度お願いします。",
}


@dataclass(frozen=True, slots=True)
class Failed:
    """A provider failed for good."""

    code: str


@dataclass(frozen=True, slots=True)
class Reports:
    """Who hears of an answer's progress; called on the session's loop, just before the client is told."""

    started: Callable[[], None]
    ended: Callable[[], None]


Piece = Spoken | Words | ToolCall | Written | Failed


class Answer:
    """One response to the speaker.

    Args:
        state: the session's.
        spec: what was asked for.
        timings: of its turn.
        reports: who hears of its progress.
        released: set once it may be seen.
    """

    def __init__(
        self, state: SessionState, spec: AnswerSpec, timings: TurnTimings, reports: Reports, released: asyncio.Event
    ) -> None:
        self.response = Response(state, spec, reports.ended)
        self.failed_code: str | None = None
        self._state, self._spec, self._timings = state, spec, timings
        self._on_started: Callable[[], None] | None = reports.started
        self._released = released
        self._encoder = AudioEncoder(spec.output_format, state.services.tts.sample_rate)

    async def run(self, request: ChatRequest) -> None:
        """Make it and deliver it."""
        sentences: asyncio.Queue[Piece] = asyncio.Queue(_SENTENCES)
        spoken: asyncio.Queue[Piece] = asyncio.Queue(_SENTENCES)
        async with asyncio.TaskGroup() as group:
            makers = [group.create_task(self._write(request, sentences))]
            if self._spec.audio:
                makers.append(group.create_task(self._speak(sentences, spoken)))
            await self._released.wait()
            self.response.open()
            failed = await self._deliver(spoken if self._spec.audio else sentences)
            if failed:
                self._state.services.metrics.errors.labels(failed.code).inc()
                await self._apologize(failed)
            for maker in makers:  # after a failure one may still be at work
                maker.cancel()

    async def apologize(self, code: str) -> None:
        """Say that the turn failed, without any provider."""
        self.response.open()
        await self._apologize(Failed(code))

    def crash(self) -> None:
        """End the response after a mistake of ours."""
        if self.response.status == "in_progress":
            self.failed_code = InternalError.code
            self._state.services.metrics.errors.labels(self.failed_code).inc()
            self.response.close("failed", error_code=self.failed_code)

    async def _write(self, request: ChatRequest, out: asyncio.Queue[Piece]) -> None:
        """From the language model to sentences (or to bare words, if nothing is to be spoken)."""
        splitter = SentenceSplitter() if self._spec.audio else None
        try:
            writer = Writer(self._state.services.llm, request, self._spec.unfinished)
            async with aclosing(writer.write()) as writing:
                async for made in writing:
                    self._timings.mark("first_token")
                    self.response.note(writer.said, finished=isinstance(made, Written))
                    if splitter and isinstance(made, Words):
                        self.response.begin()
                        for sentence in splitter.feed(made.text):
                            await out.put(Spoken(sentence))
                        continue
                    if splitter:
                        await _flush(splitter, out)
                    await out.put(made)
        except ProviderError as error:
            if splitter:
                await _flush(splitter, out)
            await out.put(Failed(error.code))

    async def _speak(self, sentences: asyncio.Queue[Piece], out: asyncio.Queue[Piece]) -> None:
        """From sentences to sound, one at a time."""
        spec, services = self._spec, self._state.services
        voice = Voice(services.tts, voice=spec.voice, language=self._state.language, speed=spec.config.speed)
        while True:
            piece = await sentences.get()
            await out.put(piece)
            if isinstance(piece, Spoken) and not await voice.speak(piece):
                return
            if isinstance(piece, Written | Failed):
                return

    async def _deliver(self, pieces: asyncio.Queue[Piece]) -> Failed | None:
        """From sentences with their sound to the client, to the end or to what made it impossible."""
        while True:
            piece = await pieces.get()
            match piece:
                case Spoken():
                    if failed := await self._say(piece):
                        return failed
                case Words(text):
                    await self.response.words(text, self._first())
                case ToolCall():
                    await self._send_sound(self._encoder.finish())  # with the call, the speech before it is over
                    self.response.call(piece)
                case Written():
                    await self._send_sound(self._encoder.finish())
                    self._finish(piece)
                    return None
                case Failed():
                    return piece

    async def _say(self, spoken: Spoken) -> Failed | None:
        """Deliver one sentence: its text with its first sound."""
        told = False
        while (sound := await spoken.sound.get()) is not None:
            if isinstance(sound, ProviderError):
                return Failed(sound.code)
            if not told:
                await self.response.transcript(spoken.text)
                told = True
            await self._send_sound(self._encoder.encode(sound))
        if not told:  # nothing in it can be spoken, such as code
            await self.response.transcript(spoken.text)
        await self._send_sound(self._encoder.flush())
        self._timings.sentences += 1
        return None

    async def _send_sound(self, deltas: Sequence[Delta]) -> None:
        for delta in deltas:
            await self.response.audio(to_base64(delta.data), delta.ms, self._first(audio=True))

    def _first(self, *, audio: bool = False) -> Callable[[], None] | None:
        """What is to happen when the first piece goes out; None for later ones."""
        on_started, self._on_started = self._on_started, None
        if on_started is None:
            return None

        def started() -> None:
            if audio:
                self._timings.mark("first_audio")
            on_started()

        return started

    def _finish(self, written: Written) -> None:
        self.response.written = written
        cut_short = written.reason == "length"
        self.response.close(
            "incomplete" if cut_short else "completed", reason="max_output_tokens" if cut_short else None
        )

    async def _apologize(self, failed: Failed) -> None:
        self.failed_code = failed.code
        language = self._state.language if self._state.language in _APOLOGIES else "en"
        text = _APOLOGIES[language]
        if not self._spec.audio:
            await self.response.words(text, self._first())
        else:
            await self.response.transcript(text)
            self._encoder.change_rate(self._state.services.apology_rate)
            await self._send_sound(self._encoder.encode(self._state.services.apologies[language]))
            await self._send_sound([*self._encoder.flush(), *self._encoder.finish()])
        self.response.close("failed", error_code=failed.code)


async def _flush(splitter: SentenceSplitter, out: asyncio.Queue[Piece]) -> None:
    for sentence in splitter.flush():
        await out.put(Spoken(sentence))

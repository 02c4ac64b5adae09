"""Working fakes of every port. They say so: their health calls them mocks, their answers call themselves fakes.

A test scripts them by plain attributes, read at each call: `answers` and `errors` are used up first in, first out;
while `gate` is clear, answers wait at it; `started` is set when a call has come, `cancelled` counts who left early.
"""

import asyncio
import json
import zlib
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from app.core.audio import FRAME_RATE, FRAME_SAMPLES, Samples, energy_dbfs
from app.errors import RequestError
from app.ports import (
    ChatDelta,
    ChatFinished,
    ChatRequest,
    ConversationChange,
    KeptConversation,
    ProviderHealth,
    Service,
    TextDelta,
    Transcript,
)
from app.store.memory import MemoryConversations

CHUNK_MS = 100
MS_PER_CHARACTER = 60
PITCH_HZ = 220.0
VOICED_DBFS = -45.0


class Scripted:
    """What all fakes have in common."""

    def __init__(self) -> None:
        self.errors: deque[Exception] = deque()
        self.gate = asyncio.Event()
        self.gate.set()
        self.started = asyncio.Event()
        self.calls: list[Any] = []
        self.cancelled = 0

    @contextmanager
    def _call(self, call: Any) -> Iterator[None]:
        self.calls.append(call)
        self.started.set()
        try:
            yield
        except (asyncio.CancelledError, GeneratorExit):
            self.cancelled += 1
            raise

    async def _pass_gate(self) -> None:
        await asyncio.sleep(0)  # a real answer is never there at once
        await self.gate.wait()

    async def _answer_or_fail(self) -> None:
        await self._pass_gate()
        if self.errors:
            raise self.errors.popleft()


class FakeProvider(Scripted):
    """What those of model servers have in common besides."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self.service = service

    def health(self) -> ProviderHealth:
        """Tell the truth: a fake."""
        return ProviderHealth(
            provider="fake", endpoint="fake:", model="fake", state="ready", is_mock=True, serving="primary"
        )


class FakeSpeechToText(FakeProvider):
    """Hears what `answers` holds, or else how long it was."""

    def __init__(self, *answers: Transcript | str) -> None:
        super().__init__("stt")
        self.answers = deque(answers)

    async def transcribe(self, audio: Samples, *, language: str | None, prompt: str = "") -> Transcript:
        with self._call((audio, language, prompt)):
            await self._answer_or_fail()
            if self.answers:
                answer = self.answers.popleft()
                return answer if isinstance(answer, Transcript) else Transcript(answer, language or "en", -0.2, 0.01)
            if not audio.any():
                return Transcript("", language)
            return Transcript(f"A fake heard {audio.size / FRAME_RATE:.1f} seconds.", language or "en", -0.2, 0.01)


class FakeLanguageModel(FakeProvider):
    """Writes what `answers` holds, or else an echo, word by word. An exception among the pieces is raised there."""

    def __init__(self, *answers: str | Iterable[ChatDelta | Exception]) -> None:
        super().__init__("llm")
        self.answers = deque(answers)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ChatDelta, None]:
        with self._call(request):
            await self._answer_or_fail()
            said = str(request.messages[-1].get("content") or "nothing")
            answer = self.answers.popleft() if self.answers else _echo(said, request)
            for piece in _written(answer, request.max_tokens) if isinstance(answer, str) else answer:
                await self._pass_gate()
                if isinstance(piece, Exception):
                    raise piece
                yield piece


class FakeTextToSpeech(FakeProvider):
    """Hums every sentence, in chunks of 100 ms."""

    def __init__(self, *voices: str, sample_rate: int = 44_100) -> None:
        super().__init__("tts")
        self.names = voices or ("fake",)
        self.sample_rate = sample_rate

    async def synthesize(self, text: str, *, voice: str | None) -> AsyncGenerator[Samples, None]:
        with self._call((text, voice)):
            await self._answer_or_fail()
            if voice is not None and voice not in self.names:
                known = ", ".join(self.names)
                raise RequestError(
                    f"There is no voice {voice!r}. Voices: {known}.", code="unknown_voice", param="voice"
                )
            chunk = self.sample_rate * CHUNK_MS // 1000
            sound = _hum(max(1, len(text)) * MS_PER_CHARACTER, self.sample_rate)
            for begin in range(0, sound.size, chunk):
                await self._pass_gate()
                yield sound[begin : begin + chunk]

    async def voices(self) -> Sequence[str]:
        return self.names


class FakeEmbedder(FakeProvider):
    """Hashes words into 64 dimensions: texts that share words are near each other."""

    def __init__(self) -> None:
        super().__init__("embedding")

    async def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        with self._call(tuple(texts)):
            await self._answer_or_fail()
            vectors = np.zeros((len(texts), 64), np.float32)
            for vector, text in zip(vectors, texts, strict=True):
                for word in text.lower().split() or [text]:
                    vector[zlib.crc32(word.encode()) % 64] += 1
            return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


class FakeVoiceDetector:
    """Takes loudness for voice, or says what `answers` holds."""

    def __init__(self, *answers: float) -> None:
        self.answers = deque(answers)
        self.resets = 0

    def probability(self, frame: Samples) -> float:
        assert frame.shape == (FRAME_SAMPLES,)
        if self.answers:
            return self.answers.popleft()
        return 0.95 if energy_dbfs(frame) > VOICED_DBFS else 0.02

    def reset(self) -> None:
        self.resets += 1


class FakeConversations(Scripted):
    """Keeps conversations as the private ones are kept, for ever unless `clock` is told otherwise."""

    def __init__(self, clock: Callable[[], float] = lambda: 0.0) -> None:
        super().__init__()
        self.kept = MemoryConversations(clock, lambda: 1_000_000_000.0)
        self._saved = asyncio.Event()

    async def create(self, holder: str) -> KeptConversation:
        with self._call(("create", holder)):
            await self._answer_or_fail()
            return await self.kept.create(holder)

    async def take(
        self, holder: str, *, conversation_id: str | None = None, token: str | None = None, most: int = 1000
    ) -> KeptConversation:
        with self._call(("take", conversation_id or token, holder)):
            await self._answer_or_fail()
            return await self.kept.take(holder, conversation_id=conversation_id, token=token, most=most)

    async def save(self, conversation_id: str, holder: str, change: ConversationChange) -> None:
        with self._call(("save", conversation_id, holder, change)):
            await self._answer_or_fail()
            await self.kept.save(conversation_id, holder, change)
            self._saved.set()

    async def release(self, conversation_id: str, holder: str) -> None:
        with self._call(("release", conversation_id, holder)):
            await self._pass_gate()  # a release does not fail
            await self.kept.release(conversation_id, holder)

    def look(self, conversation_id: str) -> KeptConversation:
        """Return what is kept, without taking it."""
        kept = self.kept._by_id[conversation_id]
        return replace(kept.known_as, items=tuple(kept.in_order()))

    async def until(self, reached: Callable[[KeptConversation], bool], conversation_id: str) -> None:
        """Wait until what is kept is so."""
        async with asyncio.timeout(5):
            while not reached(self.look(conversation_id)):
                self._saved.clear()
                await self._saved.wait()


def _echo(said: str, request: ChatRequest) -> str:
    if request.response_format is None:
        return f"A fake was told: {said}"
    schema = request.response_format.get("json_schema", {}).get("schema", {})
    return json.dumps(dict.fromkeys(schema.get("properties", ()), "fake"))


def _written(text: str, max_tokens: int | None) -> list[ChatDelta]:
    words = text.split(" ")
    limit = len(words) if max_tokens is None else max_tokens
    pieces: list[ChatDelta] = [TextDelta(f" {word}" if number else word) for number, word in enumerate(words[:limit])]
    return [*pieces, ChatFinished("length" if limit < len(words) else "stop", 1, len(pieces), 0)]


def _hum(length_ms: int, rate: int) -> Samples:
    seconds = np.arange(rate * length_ms // 1000) / rate
    return np.asarray(8000 * np.sin(2 * np.pi * PITCH_HZ * seconds), np.int16)

"""The four ports, each over its endpoints, and all of them together with the task that watches every endpoint."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

from app.core.audio import Samples
from app.ports import ChatDelta, ChatRequest, ProviderHealth, Service, Transcript, VoiceDetector
from app.providers.endpoint import Endpoint
from app.providers.failover import Failover
from app.providers.fish_speech import FishSpeech
from app.providers.llama_chat import LlamaChat
from app.providers.llama_embedding import LlamaEmbedding
from app.providers.whisper_cpp import WhisperCpp


class SttService(Failover[WhisperCpp]):
    """`SpeechToText` over its endpoints."""

    async def transcribe(self, audio: Samples, *, language: str | None, prompt: str = "") -> Transcript:
        """Transcribe as `SpeechToText` says."""
        return await self.ask(lambda client: client.transcribe(audio, language=language, prompt=prompt))


class LlmService(Failover[LlamaChat]):
    """`LanguageModel` over its endpoints."""

    def stream(self, request: ChatRequest) -> AsyncGenerator[ChatDelta, None]:
        """Stream as `LanguageModel` says."""
        return self.ask_stream(lambda client: client.stream(request))


class TtsService(Failover[FishSpeech]):
    """`TextToSpeech` over its endpoints."""

    @property
    def sample_rate(self) -> int:
        """Of the samples, in Hz."""
        return self.endpoints[0].client.sample_rate

    def synthesize(self, text: str, *, voice: str | None) -> AsyncGenerator[Samples, None]:
        """Synthesize as `TextToSpeech` says."""
        return self.ask_stream(lambda client: client.synthesize(text, voice=voice))

    async def voices(self) -> Sequence[str]:
        """List the voices as `TextToSpeech` says."""
        return await self.ask(lambda client: client.voices())


class EmbeddingService(Failover[LlamaEmbedding]):
    """`Embedder` over its endpoints: only servers of the same model can stand in for each other."""

    without = "search by meaning is off"

    async def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Embed as `Embedder` says."""
        return await self.ask(lambda client: client.embed(texts))

    def may_serve(self, endpoint: Endpoint[LlamaEmbedding]) -> bool:
        """Tell whether it is the primary or has the primary's model: an index is of no use to vectors of another."""
        model = self.endpoints[0].said.model
        return endpoint.role == "primary" or (model is not None and endpoint.said.model == model)


@dataclass(slots=True)
class Providers:
    """Everything that models do. `async with` it: inside, every endpoint is watched."""

    stt: SttService
    llm: LlmService
    tts: TtsService
    embedding: EmbeddingService
    new_voice_detector: Callable[[], VoiceDetector]
    _watches: list[asyncio.Task[None]] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        """Begin to watch."""
        for service in self._services():
            self._watches += [asyncio.create_task(e.watch(), name=f"watch {e}") for e in service.endpoints]
        return self

    async def __aexit__(self, *_: object) -> None:
        """End watching and close all connections."""
        for watch in self._watches:
            watch.cancel()
        await asyncio.gather(*self._watches, return_exceptions=True)
        self._watches.clear()
        for service in self._services():
            await service.close()

    def health(self) -> dict[Service, ProviderHealth]:
        """Return the last known state of every service; costs nothing."""
        return {service.service: service.health() for service in self._services()}

    def _services(self) -> tuple[LlmService, SttService, TtsService, EmbeddingService]:
        return (self.llm, self.stt, self.tts, self.embedding)

"""The shapes a provider must fit. What stands behind them is chosen in `providers.choose` and never asked for again."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from app.core.audio import Samples

Service = Literal["llm", "stt", "tts", "embedding"]
ChatMessage = dict[str, Any]
"""One message of the chat completions protocol: `role`, `content`, perhaps `tool_calls` or `tool_call_id`."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard. A value the server did not give is None, never 0.

    `text` is stripped and without line breaks; `language` is a two-letter code.
    """

    text: str
    language: str | None = None
    avg_logprob: float | None = None
    no_speech_prob: float | None = None


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What the language model is asked. Unset values are left to the server."""

    messages: Sequence[ChatMessage]
    tools: Sequence[Mapping[str, Any]] = ()
    tool_choice: Literal["auto", "none", "required"] | Mapping[str, Any] = "auto"
    temperature: float | None = None
    max_tokens: int | None = None
    response_format: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the answer's text."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A piece of a function call; `call_id` and `name` come with its first piece only."""

    index: int
    arguments: str
    call_id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ChatFinished:
    """The last thing a stream yields. Token counts are None when the server gave none."""

    reason: Literal["stop", "length", "tool_calls"]
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None


ChatDelta = TextDelta | ToolCallDelta | ChatFinished


class SpeechToText(Protocol):
    """whisper.cpp's server, or what speaks like it."""

    async def transcribe(self, audio: Samples, *, language: str | None, prompt: str = "") -> Transcript:
        """Transcribe 16 kHz mono s16 samples; `language` None means detect. Cancelling closes the request.

        Raises:
            ProviderError: it could not be had from any endpoint.
        """
        ...


class LanguageModel(Protocol):
    """llama-server's chat completions, or what speaks like it."""

    def stream(self, request: ChatRequest) -> AsyncGenerator[ChatDelta, None]:
        """Stream the answer; ends with exactly one `ChatFinished`. Reasoning is never yielded. Closing it cancels.

        Raises:
            ProviderError: before the first delta every endpoint failed, or the stream broke off after it.
        """
        ...


class TextToSpeech(Protocol):
    """Fish Speech, or what speaks like it."""

    @property
    def sample_rate(self) -> int:
        """Of the samples that `synthesize` yields, in Hz."""
        ...

    def synthesize(self, text: str, *, voice: str | None) -> AsyncGenerator[Samples, None]:
        """Stream mono s16 samples, one sentence at a time; `voice` None is the default voice. Closing it cancels.

        Raises:
            RequestError: no such voice.
            ProviderError: as `LanguageModel.stream`.
        """
        ...

    async def voices(self) -> Sequence[str]:
        """List the names of the voices.

        Raises:
            ProviderError: they could not be had.
        """
        ...


class Embedder(Protocol):
    """llama-server's embeddings, or what speaks like it."""

    async def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return one unit vector per text, shape (len(texts), dimensions).

        Raises:
            ProviderError: it could not be had.
        """
        ...


class VoiceDetector(Protocol):
    """Silero VAD of one session; keeps state from frame to frame."""

    def probability(self, frame: Samples) -> float:
        """Return the probability (0 to 1) that this frame of 512 samples at 16 kHz holds a voice."""
        ...

    def reset(self) -> None:
        """Forget what came before."""
        ...


@dataclass(frozen=True, slots=True)
class ProviderHealth:
    """What `/health` says of one provider."""

    provider: str
    endpoint: str
    model: str | None = None
    state: Literal["ready", "loading", "down"] = "loading"
    is_mock: bool = False
    serving: Literal["primary", "fallback", "none"] = "none"
    fallback_count: int = 0
    last_error: str | None = None
    checked_at: str | None = None
    warnings: tuple[str, ...] = field(default=())

"""The shapes of providers and store. What stands behind them is chosen once and never asked for again."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from app.core.audio import Samples
from app.core.items import Item

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


Sentences = tuple[tuple[str, int], ...]
"""A spoken answer as it was sent, in order: (text, milliseconds of its sound)."""


@dataclass(frozen=True, slots=True)
class KeptItem:
    """An item as it is kept.

    Of an answer that is being made, `written` is its text as far as it exists, `finished` whether that is all of it:
    more may be written than was spoken, and more spoken than was heard.
    """

    item: Item
    position: int  # items are ordered by it
    sentences: Sentences = ()
    written: str = ""
    finished: bool = True
    created_at: float = 0.0  # Unix seconds; 0 while it is not kept yet


@dataclass(frozen=True, slots=True)
class KeptConversation:
    """A conversation as it was found. `items` are the newest ones, in order."""

    id: str
    token: str  # whoever has it may take the conversation up
    title: str = ""
    answer_due: bool = False  # an answer was to be given and was not given to its end
    items: tuple[KeptItem, ...] = ()


@dataclass(frozen=True, slots=True)
class ConversationChange:
    """What is new since the last one."""

    items: tuple[KeptItem, ...] = ()  # new, or changed
    deleted: tuple[str, ...] = ()  # ids
    answer_due: bool = False


class ConversationStore(Protocol):
    """Keeps conversations. Of each, one session at a time is the holder; only the holder may change it."""

    async def create(self, holder: str) -> KeptConversation:
        """Begin a conversation that this session holds.

        Raises:
            StoreError: it cannot be kept.
        """
        ...

    async def take(
        self, holder: str, *, conversation_id: str | None = None, token: str | None = None, most: int = 1000
    ) -> KeptConversation:
        """Find a conversation, by its id or by its token, and make this session its holder.

        Raises:
            UnknownConversation: there is none.
            StoreError: the store cannot be asked.
        """
        ...

    async def save(self, conversation_id: str, holder: str, change: ConversationChange) -> None:
        """Write down what is new, all of it or nothing.

        Raises:
            ConversationLost: another session holds it now, or it was deleted.
            StoreError: it cannot be written; nothing was.
        """
        ...

    async def release(self, conversation_id: str, holder: str) -> None:
        """Say that this session is over. Does nothing if it holds the conversation no longer."""
        ...

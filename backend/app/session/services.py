"""What a session works with: the providers, the sound of an apology, and what is measured."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.core.audio import Samples
from app.metrics import Metrics
from app.ports import ConversationStore, LanguageModel, SpeechToText, TextToSpeech, VoiceDetector
from app.session.keeping import Holders
from app.session.limits import Clock


@dataclass(frozen=True, slots=True)
class Manner:
    """How the assistant speaks and listens unless the client says otherwise."""

    system_prompt: str = ""  # empty: the built-in one of the language
    language: str | None = None  # None: find out
    temperature: float | None = None
    max_tokens: int | None = None
    context_tokens: int = 3000  # of history; what the model's window leaves after the prompt and the answer
    partial_interval_ms: int = 320
    min_speech_ms: int = 192  # of voice before it counts as speech


@dataclass(frozen=True, slots=True)
class Services:
    """Shared by all sessions of the process."""

    stt: SpeechToText
    llm: LanguageModel
    tts: TextToSpeech
    new_detector: Callable[[], VoiceDetector]
    conversations: ConversationStore  # those that are kept
    private: ConversationStore  # those that are not
    apologies: Mapping[str, Samples]  # by language, at the rate of `apology_rate`
    apology_rate: int
    metrics: Metrics
    clock: Clock
    manner: Manner
    holders: Holders = field(default_factory=Holders)

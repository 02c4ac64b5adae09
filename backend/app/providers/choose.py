"""What stands behind each port: clients for the endpoints that the settings name, primary first."""

from collections.abc import Iterator
from typing import TypedDict

from app.core.prompt import system_prompt
from app.metrics import Metrics
from app.ports import Service
from app.providers.circuit import Pace
from app.providers.failover import Observer
from app.providers.fish_speech import FishSpeech
from app.providers.http import HttpServer, Timeouts
from app.providers.llama_chat import LlamaChat
from app.providers.llama_embedding import LlamaEmbedding
from app.providers.services import EmbeddingService, LlmService, Providers, SttService, TtsService
from app.providers.vad import load_silero
from app.providers.whisper_cpp import WhisperCpp
from app.settings import Settings

REQUESTS_PER_SESSION = 2  # an answer that is cut off may still be closing when the next one begins


def choose(settings: Settings, metrics: Metrics | None = None, pace: Pace | None = None) -> Providers:
    """Return the providers that these settings name; they connect to nothing before they are entered or asked."""
    options = _Options(observer=None if metrics is None else Counted(metrics), pace=pace)
    voice, rate = settings.tts_default_voice, settings.tts_sample_rate
    voices = [
        FishSpeech(server, sample_rate=rate, default_voice=voice, is_fallback=number > 0)
        for number, server in enumerate(_tts_servers(settings))
    ]
    return Providers(
        stt=SttService("stt", [WhisperCpp(server) for server in _stt_servers(settings)], **options),
        llm=LlmService("llm", [_chat(server, settings) for server in _llm_servers(settings)], **options),
        tts=TtsService("tts", voices, **options),
        embedding=EmbeddingService("embedding", [LlamaEmbedding(s) for s in _embedding_servers(settings)], **options),
        new_voice_detector=load_silero(),
    )


class Counted:
    """Tells the metrics what providers do."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def begun(self, service: Service, seconds: float) -> None:
        """Take note of a first piece."""
        self._metrics.provider_first.labels(service).observe(seconds)

    def ended(self, service: Service, seconds: float, outcome: str) -> None:
        """Take note of an end."""
        self._metrics.provider.labels(service, outcome).observe(seconds)

    def fell_back(self, service: Service) -> None:
        """Take note of a fallback's answer."""
        self._metrics.fallbacks.labels(service).inc()


def _chat(server: HttpServer, settings: Settings) -> LlamaChat:
    openings = [system_prompt(language, settings.system_prompt) for language in ("en", "ja")]
    return LlamaChat(server, reasoning_effort=settings.llm_reasoning_effort, openings=openings)


class _Options(TypedDict):
    observer: Observer | None
    pace: Pace | None


def _stt_servers(s: Settings) -> Iterator[HttpServer]:
    timeouts = Timeouts(s.stt_connect_timeout_s, s.stt_read_timeout_s, s.stt_total_timeout_s)
    return _servers("stt", (s.stt_endpoint, *s.stt_fallback_endpoint), timeouts, s.max_sessions)


def _llm_servers(s: Settings) -> Iterator[HttpServer]:
    timeouts = Timeouts(s.llm_connect_timeout_s, s.llm_read_timeout_s, s.llm_total_timeout_s)
    return _servers("llm", (s.llm_endpoint, *s.llm_fallback_endpoint), timeouts, s.max_sessions, keep=False)


def _tts_servers(s: Settings) -> Iterator[HttpServer]:
    timeouts = Timeouts(s.tts_connect_timeout_s, s.tts_read_timeout_s, s.tts_total_timeout_s)
    return _servers("tts", (s.tts_endpoint, *s.tts_fallback_endpoint), timeouts, s.max_sessions)


def _embedding_servers(s: Settings) -> Iterator[HttpServer]:
    timeouts = Timeouts(s.embedding_connect_timeout_s, s.embedding_read_timeout_s, s.embedding_total_timeout_s)
    return _servers("embedding", (s.embedding_endpoint, *s.embedding_fallback_endpoint), timeouts, s.max_sessions)


def _servers(
    service: Service, endpoints: tuple[str, ...], timeouts: Timeouts, max_sessions: int, *, keep: bool = True
) -> Iterator[HttpServer]:
    for endpoint in endpoints:
        yield HttpServer(service, endpoint, timeouts, connections=REQUESTS_PER_SESSION * max_sessions, keep=keep)

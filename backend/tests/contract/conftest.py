"""Each port's implementations, for the contract suites: fake, mock server, local server, and real servers where named.

A real server is a parameter only when WHISPER_SERVER_BIN or LLAMA_SERVER_BIN names its program (`make contract`).
"""

import time
import wave
from collections.abc import AsyncGenerator, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest

from app.core.audio import Resampler, Samples
from app.mock.servers import MockServers
from app.ports import ConversationStore, Embedder, LanguageModel, Service, SpeechToText, TextToSpeech, VoiceDetector
from app.providers.fish_speech import FishSpeech
from app.providers.http import HttpServer, Timeouts
from app.providers.llama_chat import LlamaChat
from app.providers.llama_embedding import LlamaEmbedding
from app.providers.vad import load_silero
from app.providers.whisper_cpp import WhisperCpp
from app.store.conversations import Conversations
from app.store.memory import MemoryConversations
from tests.contract.programs import LLAMA_SERVER, WHISPER_SERVER, Programs
from tests.fakes import (
    FakeConversations,
    FakeEmbedder,
    FakeLanguageModel,
    FakeSpeechToText,
    FakeTextToSpeech,
    FakeVoiceDetector,
)
from tests.store.opened import open_store

T = TypeVar("T", WhisperCpp, LlamaChat, FishSpeech, LlamaEmbedding)

PATIENT = Timeouts(connect_s=2, read_s=60, total_s=90)
DATA = Path(__file__).parents[1] / "data"
WITH_MODEL = pytest.mark.models
WHISPERS = [pytest.param("whisper-server", marks=WITH_MODEL)] if WHISPER_SERVER else []
LLAMAS = [pytest.param("llama-server", marks=WITH_MODEL)] if LLAMA_SERVER else []
EMBEDDING_LLAMAS = [pytest.param("llama-server-embeddings", marks=WITH_MODEL)] if LLAMA_SERVER else []


@pytest.fixture(scope="session")
def programs() -> Iterator[Programs]:
    programs = Programs()
    yield programs
    programs.end()


@pytest.fixture
async def connect(programs: Programs) -> AsyncGenerator[Callable[[str, Service, str, type[T]], T]]:
    """Make a client of a mock or of a program; its connections are closed after the test."""
    servers: list[HttpServer] = []
    async with MockServers() as mocks:

        def make(kind: str, service: Service, path: str, client: type[T]) -> T:
            origin = getattr(mocks, service).url if kind == "mock" else programs.origin(kind)
            servers.append(HttpServer(service, f"{origin}{path}", PATIENT))
            return client(servers[-1])

        yield make
        for server in servers:
            await server.close()


@pytest.fixture(params=["fake", "mock", pytest.param("local-stt", marks=WITH_MODEL), *WHISPERS])
def stt(request: pytest.FixtureRequest, connect: Callable[..., WhisperCpp]) -> SpeechToText:
    if request.param == "fake":
        return FakeSpeechToText()
    return connect(request.param, "stt", "/inference", WhisperCpp)


@pytest.fixture(params=["fake", "mock", pytest.param("local-llm", marks=WITH_MODEL), *LLAMAS])
def llm(request: pytest.FixtureRequest, connect: Callable[..., LlamaChat]) -> LanguageModel:
    if request.param == "fake":
        return FakeLanguageModel()
    return connect(request.param, "llm", "/v1", LlamaChat)


@pytest.fixture(params=["fake", "mock", "local-tts"])
def tts(request: pytest.FixtureRequest, connect: Callable[..., FishSpeech]) -> TextToSpeech:
    if request.param == "fake":
        return FakeTextToSpeech()
    return connect(request.param, "tts", "/v1/tts", FishSpeech)


@pytest.fixture(params=["fake", "mock", "local-embedding", *EMBEDDING_LLAMAS])
def embedder(request: pytest.FixtureRequest, connect: Callable[..., LlamaEmbedding]) -> Embedder:
    if request.param == "fake":
        return FakeEmbedder()
    return connect(request.param, "embedding", "/embedding", LlamaEmbedding)


@pytest.fixture(params=["fake", "silero"])
def detector(request: pytest.FixtureRequest) -> VoiceDetector:
    return FakeVoiceDetector() if request.param == "fake" else load_silero()()


@pytest.fixture(params=["fake", "memory", "sqlite", "postgresql"])
async def conversations(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[ConversationStore]:
    if request.param == "fake":
        yield FakeConversations()
    elif request.param == "memory":
        yield MemoryConversations(time.monotonic, time.time)
    else:
        is_file = request.param == "sqlite"
        url = "sqlite:///kaiwa.db" if is_file else await request.getfixturevalue("postgres").make_database()
        async with open_store(url, tmp_path) as store:
            yield Conversations(store)


@pytest.fixture(scope="session")
def question() -> Samples:
    """A spoken question in English at 16 kHz."""
    with wave.open(str(DATA / "question_en.wav")) as file:
        rate, sound = file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return Resampler(rate, 16_000).push(sound)

"""Everything on one session's stage: fakes behind it, a client in memory before it."""

import asyncio
import time
from dataclasses import dataclass, field, replace

import numpy as np

from app.core.audio import Samples
from app.metrics import Metrics
from app.session.keeping import Holders
from app.session.limits import SessionLimits
from app.session.services import Manner, Services
from app.session.session import Session
from app.wire.session_config import SessionConfig
from tests.fakes import FakeConversations, FakeLanguageModel, FakeSpeechToText, FakeTextToSpeech, FakeVoiceDetector
from tests.session.memory_client import MemoryClient

TONE_MS = 640


class Clock:
    """The real clock, which a test may put forward."""

    def __init__(self) -> None:
        self._ahead_s = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self._ahead_s

    def advance(self, seconds: float) -> None:
        self._ahead_s += seconds


@dataclass
class Stage:
    """One session."""

    stt: FakeSpeechToText = field(default_factory=FakeSpeechToText)
    llm: FakeLanguageModel = field(default_factory=FakeLanguageModel)
    tts: FakeTextToSpeech = field(default_factory=FakeTextToSpeech)
    conversations: FakeConversations = field(default_factory=FakeConversations)
    private: FakeConversations = field(default_factory=FakeConversations)
    clock: Clock = field(default_factory=Clock)
    metrics: Metrics = field(default_factory=Metrics)
    client: MemoryClient = field(default_factory=MemoryClient)
    limits: SessionLimits = field(default_factory=lambda: SessionLimits(messages_per_s=10_000))
    manner: Manner = field(default_factory=Manner)
    config: SessionConfig = field(default_factory=lambda: SessionConfig.default("kaiwa", "fake"))
    holders: Holders = field(default_factory=Holders)
    session: Session | None = None
    task: asyncio.Task[None] | None = None

    def open(self) -> MemoryClient:
        services = Services(
            stt=self.stt,
            llm=self.llm,
            tts=self.tts,
            new_detector=FakeVoiceDetector,
            conversations=self.conversations,
            private=self.private,
            apologies={language: voice(400) for language in ("en", "ja")},
            apology_rate=24_000,
            metrics=self.metrics,
            clock=self.clock,
            manner=self.manner,
            holders=self.holders,
        )
        self.session = Session(self.client, services, self.limits, self.config)
        self.task = asyncio.create_task(self.session.run())
        return self.client

    def beside(self) -> "Stage":
        """Another session of the same process, with the same models and stores, for another client."""
        config = SessionConfig.default("kaiwa", "fake")
        return replace(self, client=MemoryClient(), config=config, session=None, task=None)

    async def leave(self) -> None:
        """Have the client leave, and wait until its session is over."""
        self.client.leave()
        if self.task:
            async with asyncio.timeout(5):
                await self.task


def voice(ms: int = TONE_MS) -> Samples:
    """What the fake detector takes for a voice, at 24 kHz."""
    return (8000 * np.sin(2 * np.pi * 200 * np.arange(24 * ms) / 24_000)).astype(np.int16)

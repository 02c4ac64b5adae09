"""What one talker hears of the assistant, and when: arrival times by `time.perf_counter`, nothing else kept."""

import asyncio
import base64
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pydantic_core import from_json

from app.cli.bench.sound import WIRE_RATE

AUDIBLE = 328  # of 32768: -40 dB
_SOUND = b'"response.output_audio.delta"'
_TYPE_WITHIN = 100  # bytes: the type stands first in our messages, so that sound needs no parsing


@dataclass(slots=True)
class Reply:
    """One answer as it came in."""

    id: str
    created_at: float
    audible_at: float | None = None  # arrival of the message with the first audible sample, and its place in there
    silent_at: float = 0.0  # arrival of the last message of sound, or of the end
    status: str = "in_progress"


@dataclass(slots=True)
class Ears:
    """Everything one talker heard."""

    session_id: str = ""
    replies: list[Reply] = field(default_factory=list)
    partials: list[float] = field(default_factory=list)
    finals: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    is_greeted: asyncio.Event = field(default_factory=asyncio.Event)
    is_configured: asyncio.Event = field(default_factory=asyncio.Event)
    news: asyncio.Event = field(default_factory=asyncio.Event)  # an answer has ended, or nothing more will come

    def take(self, message: bytes, at: float) -> None:
        """Take in a message."""
        if _SOUND in message[:_TYPE_WITHIN]:
            self._hear(message, at)
        else:
            self._note(from_json(message), at)

    def end(self, reason: str) -> None:
        """Nothing more will come."""
        self.errors.append(reason)
        for waited_for in (self.is_greeted, self.is_configured, self.news):
            waited_for.set()

    def _hear(self, message: bytes, at: float) -> None:
        reply = self.replies[-1]
        reply.silent_at = at
        if reply.audible_at is None:
            sound = np.frombuffer(base64.b64decode(from_json(message)["delta"]), "<i2")
            loud = np.flatnonzero(np.abs(sound.astype(np.int32)) >= AUDIBLE)
            if loud.size:
                reply.audible_at = at + int(loud[0]) / WIRE_RATE

    def _note(self, event: dict[str, Any], at: float) -> None:
        match event["type"]:
            case "session.created":
                self.session_id = event["session"]["id"]
                self.is_greeted.set()
            case "session.updated":
                self.is_configured.set()
            case "kaiwa.transcription.partial":
                self.partials.append(at)
            case "conversation.item.input_audio_transcription.completed":
                self.finals.append(at)
            case "response.created":
                self.replies.append(Reply(event["response"]["id"], at))
            case "response.done":
                self.replies[-1].status, self.replies[-1].silent_at = event["response"]["status"], at
                self.news.set()
            case "error":
                self.errors.append(f"{event['error']['code']}: {event['error']['message']}")

"""The client's end of a session in memory: for tests that need no socket."""

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

import numpy as np

from app.core.audio import Samples

PACKET_MS = 20
RATE = 24_000


class MemoryClient:
    """A client that keeps what it gets and sends what it is told to. A fake, for tests."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.closed: tuple[int, str] | None = None
        self.slow = asyncio.Event()  # cleared: it does not read
        self.slow.set()
        self._to_server: asyncio.Queue[str | None] = asyncio.Queue()
        self._news = asyncio.Event()

    # the session's side

    async def receive(self) -> str | None:
        return await self._to_server.get()

    async def send(self, message: str) -> None:
        await self.slow.wait()
        self.received.append(json.loads(message))
        self._news.set()

    async def close(self, code: int, reason: str) -> None:
        self.closed = self.closed or (code, reason)
        self._to_server.put_nowait(None)
        self._news.set()

    # the test's side

    def say(self, **message: Any) -> None:
        self._to_server.put_nowait(json.dumps(message))

    def say_text(self, text: str) -> None:
        self._to_server.put_nowait(text)

    def leave(self) -> None:
        self._to_server.put_nowait(None)

    def speak(self, samples: Samples) -> None:
        """Send 24 kHz sound in packets of 20 ms, as fast as the session takes it."""
        step = RATE * PACKET_MS // 1000
        for start in range(0, samples.size, step):
            data = base64.b64encode(samples[start : start + step].astype("<i2").tobytes()).decode()
            self.say(type="input_audio_buffer.append", audio=data)

    def silence(self, ms: int) -> None:
        self.speak(np.zeros(RATE * ms // 1000, np.int16))

    async def until(self, reached: Callable[[], bool], within_s: float = 5.0) -> None:
        async with asyncio.timeout(within_s):
            while not reached():
                self._news.clear()
                await self._news.wait()

    async def get(self, kind: str, number: int = 1) -> dict[str, Any]:
        """Return the n-th message of this type, as soon as it has come."""
        await self.until(lambda: len(self.of(kind)) >= number)
        return self.of(kind)[number - 1]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.received if message["type"] == kind]

    @property
    def kinds(self) -> list[str]:
        return [message["type"] for message in self.received]

"""The four mock servers together: `async with MockServers() as mocks: ... mocks.llm.url, mocks.llm.change(...)`."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Self

from app.mock.behaviour import Behaviours
from app.mock.control import control_routes
from app.mock.embedding import EmbeddingMock
from app.mock.listener import AnyService, Listener
from app.mock.llm import LlmMock
from app.mock.stt import SttMock
from app.mock.tts import TtsMock

NAMES = ("llm", "stt", "tts", "embedding")
REMEMBERED = 32


class MockServers:
    """Mock servers in the running event loop.

    Each gets a port of its own: from `ports`, or else one the operating system chooses; with `port` they share one.
    `remembered` is how many requests each keeps in `.requests` for tests to look at.
    """

    def __init__(
        self,
        behaviours: Behaviours | None = None,
        *,
        names: Sequence[str] = NAMES,
        host: str = "127.0.0.1",
        port: int | None = None,
        ports: Mapping[str, int] | None = None,
        remembered: int = REMEMBERED,
    ) -> None:
        behaviours = behaviours or Behaviours()
        self.llm = LlmMock(behaviours.llm, remembered)
        self.stt = SttMock(behaviours.stt, remembered)
        self.tts = TtsMock(behaviours.tts, remembered)
        self.embedding = EmbeddingMock(behaviours.embedding, remembered)
        every: dict[str, AnyService] = {s.name: s for s in (self.llm, self.stt, self.tts, self.embedding)}
        self._served = {name: every[name] for name in names}
        self._host = host
        self._ports = dict(ports or {})
        self._shared_port = port
        self._listeners: dict[str, Listener] = {}

    async def __aenter__(self) -> Self:
        """Open all ports. Raises OSError if one is taken."""
        services = list(self._served.values())
        control = control_routes(services)
        if self._shared_port is not None:
            shared = Listener(services, control)
            self._listeners = dict.fromkeys(self._served, shared)
            await shared.open(self._host, self._shared_port)
        else:
            for name, service in self._served.items():
                self._listeners[name] = Listener([service], control)
                await self._listeners[name].open(self._host, self._ports.get(name, 0))
        for name, service in self._served.items():
            service.url = self._listeners[name].url
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close all ports and drop every connection."""
        await asyncio.gather(*(listener.close() for listener in set(self._listeners.values())))

    def endpoints(self) -> dict[str, str]:
        """The addresses as the backend's settings name them."""
        paths = {"llm": "/v1", "stt": "/inference", "tts": "/v1/tts", "embedding": "/embedding"}
        return {f"{name.upper()}_ENDPOINT": service.url + paths[name] for name, service in self._served.items()}

    async def close_port(self, name: str) -> None:
        """Let a server die: its connections drop, new ones are refused."""
        await self._listeners[name].close()

    async def reopen_port(self, name: str) -> None:
        """Let it come back on the same port."""
        await self._listeners[name].reopen()

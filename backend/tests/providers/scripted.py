"""A client without a server: it does what the test tells it, for the tests of endpoints and failover."""

from collections.abc import AsyncGenerator

from app.ports import Service
from app.providers.http import HttpServer, Timeouts
from app.providers.probe import Said


class ScriptedClient:
    """Fails where it was told to; counts what it was asked."""

    provider = "scripted"

    def __init__(self, name: str = "primary", said: Said | None = None) -> None:
        self.server = HttpServer("llm", f"http://{name}:1/v1", Timeouts(1, 1, 1))
        self.said = said or Said("model")
        self.probe_error: Exception | None = None
        self.canary_error: Exception | None = None
        self.error: Exception | None = None
        self.error_after = 0  # pieces of a stream
        self.probes = self.canaries = self.asked = self.closed = 0

    async def probe(self) -> Said:
        self.probes += 1
        if self.probe_error:
            raise self.probe_error
        return self.said

    async def canary(self) -> None:
        self.canaries += 1
        if self.canary_error:
            raise self.canary_error

    async def answer(self) -> str:
        self.asked += 1
        if self.error:
            raise self.error
        return self.server.origin

    async def pieces(self) -> AsyncGenerator[str, None]:
        self.asked += 1
        try:
            for number in range(3):
                if self.error and number == self.error_after:
                    raise self.error
                yield f"{self.server.origin}#{number}"
        finally:
            self.closed += 1


class Notes:
    """An observer that writes everything down."""

    def __init__(self) -> None:
        self.begins = 0
        self.fallbacks = 0
        self.outcomes: list[str] = []

    def begun(self, service: Service, seconds: float) -> None:
        self.begins += 1

    def ended(self, service: Service, seconds: float, outcome: str) -> None:
        self.outcomes.append(outcome)

    def fell_back(self, service: Service) -> None:
        self.fallbacks += 1

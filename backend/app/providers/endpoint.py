"""One endpoint of a service: its client, what is known of it, and the looks that are taken at it."""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Generic, Literal, Protocol, TypeVar

import structlog

from app.errors import ProviderError, ProviderTimeout, ProviderUnavailable
from app.ports import Service
from app.providers.circuit import Circuit, Pace
from app.providers.http import HttpServer, ProviderLoading
from app.providers.llama_chat import CONTEXT_EXCEEDED
from app.providers.probe import Said

Role = Literal["primary", "fallback"]
Clock = Callable[[], float]
"""Tells Unix seconds; should it be set while running, a single look comes early or late."""

log = structlog.get_logger()


class Client(Protocol):
    """What every client has, besides the methods of its port."""

    provider: str
    server: HttpServer

    async def probe(self) -> Said:
        """Ask what the server says of itself. Raises ProviderError."""
        ...

    async def canary(self) -> None:
        """Have it do a tiny piece of its real work. Raises ProviderError."""
        ...


C = TypeVar("C", bound=Client)


class Endpoint(Generic[C]):
    """A client and what is known of its server. `watch` keeps the knowledge fresh."""

    def __init__(self, service: Service, role: Role, client: C, pace: Pace, clock: Clock) -> None:
        self.service = service
        self.role = role
        self.client = client
        self.circuit = Circuit(pace)
        self.said = Said()
        self.last_error: tuple[float, str] | None = None
        self.checked_at: float | None = None
        self._clock = clock
        self._in_flight = 0
        self._doubt = asyncio.Event()

    def __str__(self) -> str:
        return f"{self.role} {self.client.server.origin}"

    @contextmanager
    def request(self) -> Generator[None]:
        """Draw conclusions from how the request inside ends. Cancelling it says nothing, nor does a `RequestError`."""
        self._in_flight += 1
        try:
            yield
        except ProviderError as error:
            self._note_failure(error)
            raise
        else:
            if self.circuit.succeed():
                self._say_ready()
        finally:
            self._in_flight -= 1

    async def watch(self) -> None:
        """Look at the endpoint for ever: at once when in doubt, else at the circuit's pace."""
        while True:
            try:
                await self.check()
            except Exception:  # a look is the end of the line: without this nobody would look again
                log.exception("provider.check_broke", service=self.service, endpoint=self.client.server.endpoint)
            with suppress(TimeoutError):
                async with asyncio.timeout(self.circuit.pause_s()):
                    await self._doubt.wait()
            self._doubt.clear()

    async def check(self) -> None:
        """Ask how the server is, and have it prove it by a tiny inference unless it is known to work."""
        if self.circuit.state == "ready" and self._in_flight:
            return  # Fish Speech answers nobody while it speaks; how the request ends will tell more
        needs_proof = self.circuit.state != "ready" or self.circuit.is_doubtful
        try:
            try:
                self.said = await self.client.probe()
            except ProviderTimeout:  # perhaps only busy: silence to a question is no proof, silence to work is
                needs_proof = True
            if needs_proof:
                await self.client.canary()
                if self.circuit.prove():
                    self._say_ready()
        except ProviderError as error:
            self._take_out(error)
        finally:
            self.checked_at = self._clock()

    def _note_failure(self, error: ProviderError) -> None:
        if error.code == CONTEXT_EXCEEDED:
            return  # the request was too long; the server is well
        if isinstance(error, ProviderUnavailable):
            self._take_out(error)
            return
        self._remember(error)
        self.circuit.fail(self._clock(), self._reason(error))
        log.warning("provider.failed", **self._names(), code=error.code, error=str(error), state=self.circuit.state)
        self._doubt.set()

    def _take_out(self, error: ProviderError) -> None:
        self._remember(error)
        state: Literal["loading", "down"] = "loading" if isinstance(error, ProviderLoading) else "down"
        if self.circuit.open(self._clock(), self._reason(error), state):
            log.warning("provider.failed", **self._names(), code=error.code, error=str(error), state=state)
            self._doubt.set()

    def _remember(self, error: ProviderError) -> None:
        self.last_error = (self._clock(), str(error))

    def _reason(self, error: ProviderError) -> str:
        return str(error).removeprefix(f"{self.service}: ")

    def _say_ready(self) -> None:
        log.info("provider.recovered" if self.last_error else "provider.ready", **self._names())

    def _names(self) -> dict[str, str]:
        return {"service": self.service, "endpoint": self.client.server.endpoint, "role": self.role}


def iso(seconds: float) -> str:
    """Return a time as `/health` writes it: UTC, whole seconds."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

"""One service over its endpoints: the primary as long as it works, then the fallbacks in their order.

Before the first piece of an answer any endpoint may take over; after it the failure is the caller's to handle.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import aclosing, contextmanager
from typing import Generic, Protocol, TypeVar

import structlog

from app.errors import KaiwaError, ProviderError, ProviderUnavailable
from app.ports import ProviderHealth, Service
from app.providers.circuit import Pace
from app.providers.endpoint import C, Clock, Endpoint, iso

T = TypeVar("T")

log = structlog.get_logger()


class Observer(Protocol):
    """Who counts and times what providers do."""

    def begun(self, service: Service, seconds: float) -> None:
        """Take note that the first piece of an answer came so long after the request."""

    def ended(self, service: Service, seconds: float, outcome: str) -> None:
        """Take note of an attempt's end: `ok`, `cancelled` or the code of the error."""

    def fell_back(self, service: Service) -> None:
        """Take note of an answer that a fallback gave."""


class Unobserved:
    """Nobody counts."""

    def begun(self, service: Service, seconds: float) -> None:
        """Do nothing."""

    def ended(self, service: Service, seconds: float, outcome: str) -> None:
        """Do nothing."""

    def fell_back(self, service: Service) -> None:
        """Do nothing."""


class Failover(Generic[C]):
    """The endpoints of one service, the primary first."""

    without = "nothing can serve"
    """What is lost when no endpoint serves, for the warning."""

    def __init__(
        self,
        service: Service,
        clients: Sequence[C],
        *,
        observer: Observer | None = None,
        pace: Pace | None = None,
        clock: Clock = time.time,
    ) -> None:
        """Put these clients in order; nothing is asked of them before `watch`, `check` or a request."""
        self.service = service
        self.endpoints = [
            Endpoint(service, "fallback" if number else "primary", client, pace or Pace(), clock)
            for number, client in enumerate(clients)
        ]
        self.fallback_count = 0
        self._fell_back_at: float | None = None
        self._served_last = self.endpoints[0]
        self._observer = observer or Unobserved()
        self._clock = clock

    async def ask(self, question: Callable[[C], Awaitable[T]]) -> T:
        """Return the first answer that an endpoint gives.

        Raises:
            ProviderError: the last one's, when none could.
            RequestError: the first one's; another endpoint would say the same.
        """
        failure: ProviderError | None = None
        for endpoint in self._candidates():
            try:
                with self._attempt(endpoint) as begin:
                    answer = await question(endpoint.client)
                    begin()
                    return answer
            except ProviderError as error:
                failure = error
        raise failure or self._nobody()

    async def ask_stream(self, question: Callable[[C], AsyncGenerator[T, None]]) -> AsyncGenerator[T, None]:
        """Yield the pieces of the first answer that an endpoint begins.

        Raises:
            ProviderError: as `ask`, or the answer broke off after its first piece.
            RequestError: as `ask`.
        """
        failure: ProviderError | None = None
        for endpoint in self._candidates():
            is_begun = False
            try:
                with self._attempt(endpoint) as begin:
                    async with aclosing(question(endpoint.client)) as pieces:
                        async for piece in pieces:
                            if not is_begun:
                                is_begun = True
                                begin()
                            yield piece
                    return
            except ProviderError as error:
                if is_begun:
                    raise
                failure = error
        raise failure or self._nobody()

    def health(self) -> ProviderHealth:
        """Tell of the endpoint that serves, or of the primary when none does."""
        serving = self._serving()
        shown = serving or self.endpoints[0]
        states = [endpoint.circuit.state for endpoint in self.endpoints]
        errors = [endpoint.last_error for endpoint in self.endpoints if endpoint.last_error]
        return ProviderHealth(
            provider=shown.client.provider,
            endpoint=shown.client.server.endpoint,
            model=shown.said.model,
            state="ready" if serving else "loading" if "loading" in states else "down",
            is_mock=shown.said.is_mock,
            serving=serving.role if serving else "none",
            fallback_count=self.fallback_count,
            last_error=max(errors)[1] if errors else None,
            checked_at=None if shown.checked_at is None else iso(shown.checked_at),
            warnings=tuple(self._warnings(serving)),
        )

    async def check(self) -> None:
        """Take one look at every endpoint."""
        await asyncio.gather(*(endpoint.check() for endpoint in self.endpoints))

    async def close(self) -> None:
        """Close all connections."""
        for endpoint in self.endpoints:
            await endpoint.client.server.close()

    def may_serve(self, _endpoint: Endpoint[C]) -> bool:
        """Tell whether this endpoint is one of ours at all, working or not."""
        return True

    def _serving(self) -> Endpoint[C] | None:
        return next((e for e in self.endpoints if e.circuit.state == "ready" and self.may_serve(e)), None)

    def _candidates(self) -> list[Endpoint[C]]:
        """Return who may be asked: proved endpoints, and as a last resort those of which nothing is known yet."""
        allowed = [endpoint for endpoint in self.endpoints if self.may_serve(endpoint)]
        return [endpoint for state in ("ready", "loading") for endpoint in allowed if endpoint.circuit.state == state]

    @contextmanager
    def _attempt(self, endpoint: Endpoint[C]) -> Generator[Callable[[], None]]:
        started = time.perf_counter()
        outcome = "cancelled"  # what also a closed generator is
        try:
            with endpoint.request():
                yield lambda: self._note_begin(endpoint, time.perf_counter() - started)
            outcome = "ok"
        except KaiwaError as error:
            outcome = error.code
            raise
        finally:
            self._observer.ended(self.service, time.perf_counter() - started, outcome)

    def _note_begin(self, endpoint: Endpoint[C], seconds: float) -> None:
        self._observer.begun(self.service, seconds)
        if endpoint.role == "fallback":
            self.fallback_count += 1
            self._fell_back_at = self._clock()
            self._observer.fell_back(self.service)
            if endpoint is not self._served_last:
                log.warning("provider.fallback", service=self.service, endpoint=endpoint.client.server.endpoint)
        self._served_last = endpoint

    def _nobody(self) -> ProviderUnavailable:
        return ProviderUnavailable(self.service, self.endpoints[0].circuit.reason or "no endpoint can serve")

    def _warnings(self, serving: Endpoint[C] | None) -> Generator[str]:
        instead = f"serving {serving}" if serving else self.without
        for endpoint in self.endpoints:
            circuit = endpoint.circuit
            if circuit.state == "down" and circuit.since is not None:
                why = f"is down ({circuit.reason}) since {iso(circuit.since)}"
                yield f"{self.service}: {endpoint} {why}, {instead}"
            elif circuit.state == "loading":
                yield f"{self.service}: {endpoint} is loading, {instead}"
            elif not self.may_serve(endpoint):
                yield f"{self.service}: {endpoint} has another model and cannot take over"
        if serving and serving.said.is_mock:
            yield f"{self.service}: {serving} is a mock"
        if self.fallback_count and self._fell_back_at is not None:
            answers = "1 answer" if self.fallback_count == 1 else f"{self.fallback_count} answers"
            yield f"{self.service}: {answers} came from a fallback, the last at {iso(self._fell_back_at)}"

"""One mock server: its behaviour, its counters, and the way of a request through faults to its handler."""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from app.mock.behaviour import Behaviour, Fault
from app.mock.connection import CallerGoneError
from app.mock.exchange import Exchange, StruckError

B = TypeVar("B", bound=Behaviour)


@dataclass(frozen=True, slots=True)
class Route:
    """What answers a method and path. Probes (health, lists) are spared by most faults and not counted."""

    answer: Callable[[Exchange], Awaitable[None]]
    is_probe: bool = False


@dataclass(frozen=True, slots=True)
class Counters:
    """Requests so far, probes left out. `cancelled`: the caller left before the end; `struck`: a fault met it.

    A request that a fault ended (refuse, cut, garbage in a stream) is neither done nor cancelled.
    """

    seen: int = 0
    active: int = 0
    done: int = 0
    cancelled: int = 0
    struck: int = 0
    probes: int = 0


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """A request as it arrived, for tests to look at."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class Service(ABC, Generic[B]):
    """A mock model server without its port. Subclasses bring `name`, `routes` and the protocol's error body."""

    name: str

    def __init__(self, behaviour: B, remembered: int = 0) -> None:
        self.url = ""  # known when it has a port
        self.behaviour = behaviour
        self.counters = Counters()
        self.requests: deque[SeenRequest] = deque(maxlen=remembered)
        self._first_behaviour = behaviour
        self._since_fault = 0
        self._turn = asyncio.Lock()
        self._moved = asyncio.Event()

    @abstractmethod
    def routes(self) -> dict[tuple[str, str], Route]:
        """Method and path -> what answers."""

    @abstractmethod
    async def answer_error(self, exchange: Exchange, status: int, message: str) -> None:
        """Answer with an error in the shape of the protocol."""

    def change(self, **changes: Any) -> B:
        """Behave differently from now on; requests under way keep what they started with. Raises ValidationError."""
        merged = {**self.behaviour.model_dump(), **changes}
        self.behaviour = type(self.behaviour).model_validate(merged)
        if "fault" in changes:
            self._since_fault = 0
        return self.behaviour

    def restore(self) -> B:
        """Behave as at the start, and count from zero (what is under way stays counted as active)."""
        self.counters = Counters(active=self.counters.active)
        self.requests.clear()
        self._since_fault = 0
        self.behaviour = self._first_behaviour
        return self.behaviour

    async def reached(self, question: Callable[[Counters], bool], within_s: float = 5.0) -> Counters:
        """Wait until the counters fit. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while not question(self.counters):
                await self._moved.wait()
        return self.counters

    async def serve(self, exchange: Exchange, route: Route) -> None:
        """Answer one request, or fail as the behaviour says."""
        exchange.fault = self._fault_for(route)
        if route.is_probe:
            self._count(probes=1)
            with contextlib.suppress(CallerGoneError, StruckError):
                await self._answer(exchange, route)
            return
        self.requests.append(SeenRequest(exchange.path, exchange.headers, exchange.body))
        self._count(seen=1, active=1, struck=int(exchange.fault is not None))
        ending = {"active": -1}
        try:
            await self._answer(exchange, route)
            ending["done"] = 1
        except CallerGoneError:
            ending["cancelled"] = 1
        except StruckError:
            pass  # it was counted when it began
        finally:
            self._count(**ending)

    async def _answer(self, exchange: Exchange, route: Route) -> None:
        kind = None if exchange.fault is None else exchange.fault.kind
        if kind == "refuse":
            await exchange.refuse()
        elif kind == "hang":
            await exchange.hang()
        elif kind == "error" and exchange.fault is not None:
            await self.answer_error(exchange, exchange.fault.status, "mock fault")
        elif route.is_probe or not self.behaviour.serial:
            await route.answer(exchange)
        else:
            async with self._turn:
                exchange.restart_clock()
                await route.answer(exchange)

    def _fault_for(self, route: Route) -> Fault | None:
        fault = self.behaviour.fault
        if fault is None or (route.is_probe and fault.spares_probes()):
            return None
        if route.is_probe:
            number = self._since_fault
        else:
            number, self._since_fault = self._since_fault, self._since_fault + 1
        begun = number >= fault.after
        over = fault.count is not None and number >= fault.after + fault.count
        return fault if begun and not over else None

    def _count(self, **steps: int) -> None:
        self.counters = replace(self.counters, **{name: getattr(self.counters, name) + n for name, n in steps.items()})
        self._moved.set()
        self._moved = asyncio.Event()

"""What a client was told, in order, for tests to wait on."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

EventT = TypeVar("EventT")


class News(Generic[EventT]):
    """Events as they come. `kind_of` names the type of one."""

    def __init__(self, kind_of: Callable[[EventT], str]) -> None:
        self.all: list[EventT] = []
        self._kind_of = kind_of
        self._came = asyncio.Event()

    def add(self, event: EventT) -> None:
        self.all.append(event)
        self._came.set()

    async def until(self, reached: Callable[[], bool], within_s: float = 10.0) -> None:
        """Wait until it is so.

        Raises:
            AssertionError: it was not in time; says what came instead.
        """
        try:
            async with asyncio.timeout(within_s):
                while not reached():
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            raise AssertionError(f"this is all that came: {self.kinds}") from None

    async def get(self, kind: str, number: int = 1) -> EventT:
        """Return the n-th event of this type, as soon as it has come."""
        await self.until(lambda: len(self.of(kind)) >= number)
        return self.of(kind)[number - 1]

    def of(self, kind: str) -> list[EventT]:
        return [event for event in self.all if self._kind_of(event) == kind]

    @property
    def kinds(self) -> list[str]:
        return [self._kind_of(event) for event in self.all]

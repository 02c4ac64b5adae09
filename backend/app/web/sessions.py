"""The sessions that are open: how many there may be, and how all of them end together."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from app.metrics import Metrics
from app.session.client import Client

GOING_AWAY = 1001
END_S = 5.0


class Sessions:
    """Keeps count.

    Args:
        most: how many there may be.
        metrics: are told how many there are.
    """

    def __init__(self, most: int, metrics: Metrics) -> None:
        self.most = most
        self._metrics = metrics
        self._open: dict[Client, asyncio.Event] = {}
        self._is_ending = False

    @property
    def is_full(self) -> bool:
        """Whether the next one is one too many."""
        return self._is_ending or len(self._open) >= self.most

    def __len__(self) -> int:
        return len(self._open)

    @contextmanager
    def seat(self, client: Client) -> Iterator[None]:
        """Count a client in for as long as its session runs."""
        over = self._open[client] = asyncio.Event()
        self._metrics.sessions.inc()
        try:
            yield
        finally:
            del self._open[client]
            self._metrics.sessions.dec()
            over.set()

    async def end(self) -> None:
        """Close every session and wait until each is over; none begins afterwards."""
        self._is_ending = True
        open_now = dict(self._open)
        async with asyncio.TaskGroup() as group:
            for client, over in open_now.items():
                group.create_task(_end(client, over))


async def _end(client: Client, over: asyncio.Event) -> None:
    await client.close(GOING_AWAY, "The server is shutting down.")
    try:
        async with asyncio.timeout(END_S):
            await over.wait()
    except TimeoutError:
        return  # the server cancels it then

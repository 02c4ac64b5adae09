"""The tasks of one session: each has an owner, ends with it, and says what went wrong."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from app.log import logger

log = logger()


class Spawn(Protocol):
    """Starts a task that the session owns."""

    def __call__(
        self, work: Callable[..., Awaitable[None]], *args: Any, on_crash: Callable[[], None] | None = None
    ) -> asyncio.Task[None]:
        """Run `work(*args)`; what it raises is logged, ends this task alone, and calls `on_crash`."""
        ...


class Tasks:
    """An owner of tasks. At its end, what still runs is cancelled and waited for."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def spawn(
        self, work: Callable[..., Awaitable[None]], *args: Any, on_crash: Callable[[], None] | None = None
    ) -> asyncio.Task[None]:
        """Run `work(*args)`; what it raises is logged, ends this task alone, and calls `on_crash`."""
        task = asyncio.create_task(_guarded(work, args, on_crash), name=work.__qualname__)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def end(self) -> None:
        """Cancel everything and wait until it is over."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _guarded(
    work: Callable[..., Awaitable[None]], args: tuple[Any, ...], on_crash: Callable[[], None] | None
) -> None:
    try:
        await work(*args)
    except Exception:
        log.exception("session.task_failed", work=work.__qualname__)
        if on_crash:
            on_crash()

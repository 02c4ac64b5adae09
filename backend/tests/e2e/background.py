"""An event loop on a thread of its own: the test's own thread belongs to the browser."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")
PATIENCE_S = 10


class Background:
    """Runs coroutines, or plain functions that belong to the loop's thread, and waits for what they return."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def call(self, function: Callable[..., T], *arguments: Any, **named: Any) -> T:
        async def call() -> T:
            return function(*arguments, **named)

        return self.run(call())


@contextmanager
def run_background() -> Iterator[Background]:
    """Run the loop until the block ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield Background(loop)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE_S)
        loop.close()

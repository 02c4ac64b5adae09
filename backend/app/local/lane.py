"""One thread that does one job at a time, with a bounded line in front of it.

A caller that leaves while in line is never served; one that leaves during its job sets the job's `gone` flag,
which the job looks at as often as it can.
"""

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any, TypeVar

from starlette.requests import Request

log = logging.getLogger("kaiwa.local.lane")

T = TypeVar("T")


class LaneFullError(Exception):
    """There are as many callers in the lane as it takes."""


class CallerGoneError(Exception):
    """Whoever asked is not there any more."""


async def wait_for_leaving(request: Request) -> None:
    """Return when the caller has closed the connection; the body must have been read before."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


class Lane:
    """Admits at most `limit` callers, the one being served included, and counts what became of them."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lane")
        self.inside = 0
        self.started = 0
        self.aborted = 0
        self.left_in_line = 0

    @contextmanager
    def admit(self) -> Iterator[None]:
        """Hold a place for one request; raise `LaneFullError` when there is none."""
        if self.inside >= self._limit:
            raise LaneFullError
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1

    async def run(self, job: Callable[[Event], T], leaving: Awaitable[None]) -> T:
        """Return what `job` returns, or raise `CallerGoneError` once `leaving` has come true.

        The place in the thread is kept until the job has really ended, even when nobody waits for it any more.
        """
        gone = Event()
        begun = Event()
        work = asyncio.wrap_future(self._thread.submit(functools.partial(self._start, job, gone, begun)))
        watch = asyncio.ensure_future(leaving)
        try:
            either: set[asyncio.Future[Any]] = {work, watch}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise CallerGoneError
            return work.result()
        finally:
            watch.cancel()
            if not work.done():
                gone.set()
                work.cancel()
                if begun.is_set():
                    self.aborted += 1
                    log.info("a caller left: its job is told to stop")
                else:
                    self.left_in_line += 1
                    log.info("a caller left the line: its job is never started")

    def _start(self, job: Callable[[Event], T], gone: Event, begun: Event) -> T:
        if gone.is_set():
            raise CallerGoneError
        begun.set()
        self.started += 1
        log.debug("a job begins")
        return job(gone)

"""The database: opened once, then asked and written by the piece. What goes wrong in it is a `StoreError`."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal, Self, TypeVar
from weakref import WeakValueDictionary

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.errors import KaiwaError, StoreError
from app.log import logger
from app.store.address import Address
from app.store.engine import STATEMENT_S, make_engine
from app.store.failures import FAILURES, LATE, reason
from app.store.opening import bring_up_to_date
from app.store.tables import conversations

CHECK_S = 1.0
REMEMBERED_S = 60.0  # how long a failure counts if nothing has succeeded since

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]
"""What is done in one transaction; it is kept whole or, if it raises, not at all."""

Kind = Literal["read", "write"]
Turn = AbstractAsyncContextManager[None]
log = logger()


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """What `/health` says of the store; `database` is without user and password."""

    database: str
    state: Literal["ready", "down"]
    last_error: str | None


class Store:
    """Owns the connections. Inside its context the database is there and up to date.

    Whoever is cancelled while it works leaves, and the work goes on to its end, which comes soon: a transaction that is
    called off half-way would hold SQLite's lock until its thread notices.

    Args:
        address: where it lies.
        clock: seconds that only grow.
        unix_time: what is written down as the time of something.
        statement_s: how long a statement may take; a transaction with all its waiting has twice as long.
    """

    def __init__(
        self,
        address: Address,
        clock: Callable[[], float],
        unix_time: Callable[[], float],
        statement_s: float = STATEMENT_S,
    ) -> None:
        self.address, self.unix_time = address, unix_time
        self._clock, self._patience_s = clock, 2 * statement_s
        self._engine = make_engine(address, statement_s)
        self._writer = self._engine.execution_options(writes=True)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._at_work: set[asyncio.Task[Any]] = set()
        self._failures: dict[Kind, tuple[float, str]] = {}

    async def __aenter__(self) -> Self:
        """Open it.

        Raises:
            SettingsError: it cannot be used.
        """
        try:
            await bring_up_to_date(self._writer, self.address, self.unix_time())
        except BaseException:
            await self._engine.dispose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(*self._at_work, return_exceptions=True)
        await self._engine.dispose()

    async def read(self, work: Work[T]) -> T:
        """Return what `work` finds.

        Raises:
            StoreError: the database failed.
        """
        return await self._see_through("read", work, self._engine, nullcontext())

    async def write(self, about: str, work: Work[T]) -> T:
        """Do what `work` does, and return what it returns; what is `about` the same is done in the order of the calls.

        Raises:
            StoreError: the database failed; nothing was written.
        """
        # SQLite has one writer at a time: here they queue, between processes they have to try again and again.
        turn = self._turns.setdefault("" if self.address.file else about, asyncio.Lock())
        return await self._see_through("write", work, self._writer, turn)

    async def health(self) -> StoreHealth:
        """Look whether it answers; a write that failed a short while ago counts as well."""
        late = None
        try:
            async with asyncio.timeout(CHECK_S):
                await self.read(_look)
        except TimeoutError:
            late = LATE
        except StoreError:
            pass  # it is the most recent failure now
        error = late or self._recent_failure()
        return StoreHealth(self.address.shown, "down" if error else "ready", error)

    async def _see_through(self, kind: Kind, work: Work[T], engine: AsyncEngine, turn: Turn) -> T:
        task = asyncio.create_task(self._attempt(kind, work, engine, turn))
        self._at_work.add(task)
        task.add_done_callback(self._note_end)
        return await asyncio.shield(task)

    def _note_end(self, task: asyncio.Task[Any]) -> None:
        self._at_work.discard(task)
        if not task.cancelled():
            task.exception()  # whoever has left does not ask for it

    async def _attempt(self, kind: Kind, work: Work[T], engine: AsyncEngine, turn: Turn) -> T:
        try:
            result = await self._transact(work, engine, turn)
        except FAILURES as failure:
            why = reason(failure)
            if kind not in self._failures:  # one line for each time of trouble, not for each attempt
                log.error("store.failed", kind=kind, reason=why)  # noqa: TRY400 - a traceback could show what was said
            self._failures[kind] = self._clock(), why
            raise StoreError(f"The database failed: {why}.") from None
        except KaiwaError:  # the database answered; it is the answer that somebody does not like
            self._recover(kind)
            raise
        self._recover(kind)
        return result

    async def _transact(self, work: Work[T], engine: AsyncEngine, turn: Turn) -> T:
        async with asyncio.timeout(self._patience_s) as patience, turn:
            if self.address.file:
                self.address.file.stat()  # it may have been removed: SQLite would write on, into nothing
                patience.reschedule(
                    None
                )  # its thread cannot be called off, but its statements have an end of their own
            async with engine.begin() as connection:
                return await work(connection)

    def _recover(self, kind: Kind) -> None:
        if self._failures.pop(kind, None):
            log.info("store.recovered", kind=kind)

    def _recent_failure(self) -> str | None:
        since = self._clock() - REMEMBERED_S
        return next((why for at, why in self._failures.values() if at > since), None)


async def _look(connection: AsyncConnection) -> None:
    await connection.execute(select(conversations.c.id).limit(1))

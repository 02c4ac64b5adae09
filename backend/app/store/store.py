"""The database: opened once, then lent to those who read and write. What goes wrong in it is a `StoreError`."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from typing import Literal, Self

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.errors import KaiwaError, StoreError
from app.log import logger
from app.store.address import Address
from app.store.engine import STATEMENT_S, make_engine
from app.store.failures import FAILURES, reason
from app.store.opening import bring_up_to_date
from app.store.tables import conversations

OPERATION_S = 2 * STATEMENT_S  # for all statements of one transaction, and the wait for a connection
CHECK_S = 1.0
REMEMBERED_S = 60.0  # how long a failure counts if nothing has succeeded since

Kind = Literal["read", "write"]
log = logger()


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """What `/health` says of the store; `database` is without user and password."""

    database: str
    state: Literal["ready", "down"]
    last_error: str | None


class Store:
    """Owns the connections. Inside its context the database is there and up to date.

    Args:
        address: where it lies.
        clock: seconds that only grow.
        unix_time: what is written down as the time of something.
    """

    def __init__(self, address: Address, clock: Callable[[], float], unix_time: Callable[[], float]) -> None:
        self.address, self.unix_time = address, unix_time
        self._clock = clock
        self._engine = make_engine(address)
        self._writer = self._engine.execution_options(writes=True)
        # SQLite has one writer at a time: here they queue, between processes they would have to try again and again.
        self._turn: asyncio.Lock | nullcontext[None] = asyncio.Lock() if address.file else nullcontext()
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
        await self._engine.dispose()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection, in a transaction of its own.

        Raises:
            StoreError: the database failed.
        """
        async with self._noted("read"), self._engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Lend a connection, in a transaction that is kept whole or, when it is left by an exception, not at all.

        Raises:
            StoreError: the database failed; nothing was written.
        """
        async with self._noted("write"), self._turn, self._writer.begin() as connection:
            yield connection

    async def health(self) -> StoreHealth:
        """Ask it for something small, and remember what failed a short while ago."""
        error = await self._check() or self._recent_failure()
        return StoreHealth(self.address.shown, "down" if error else "ready", error)

    @asynccontextmanager
    async def _noted(self, kind: Kind) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(OPERATION_S):
                yield
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

    def _recover(self, kind: Kind) -> None:
        if self._failures.pop(kind, None):
            log.info("store.recovered", kind=kind)

    async def _check(self) -> str | None:
        if self.address.file and not self.address.file.exists():
            return "its file is gone"
        try:
            async with asyncio.timeout(CHECK_S), self._engine.connect() as connection:
                await connection.execute(select(conversations.c.id).limit(1))
        except FAILURES as failure:
            return reason(failure)
        return None

    def _recent_failure(self) -> str | None:
        since = self._clock() - REMEMBERED_S
        return next((why for at, why in self._failures.values() if at > since), None)

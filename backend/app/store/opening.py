"""The start: the database is made if need be and brought up to date, by one process at a time."""

import asyncio
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.errors import SettingsError
from app.store.address import Address
from app.store.failures import FAILURES, reason
from app.store.migrations import upgrade
from app.store.sqlite_file import locked, make_file
from app.store.statements import drop_unused

PATIENCE_S = 60  # for another process that is at it, and for what there is to do
UNUSED_S = 2 * 86_400.0  # older than any session: what has no message by then was never given back
_LOCK = 0x6B61697761  # "kaiwa", among PostgreSQL's advisory locks


async def bring_up_to_date(engine: AsyncEngine, address: Address, now: float) -> None:
    """Make the database and its tables fit this version of Kaiwa; `engine`'s transactions write.

    Raises:
        SettingsError: it cannot be opened or changed, or a newer version has been here.
    """
    try:
        async with asyncio.timeout(PATIENCE_S):
            if address.file:
                await _open_sqlite(engine, address.file, now)
            else:
                await _open_postgresql(engine, now)
    except FAILURES as failure:
        why = reason(failure)
        raise SettingsError(f"DATABASE_URL leads to {address.shown}, which cannot be used: {why}.") from None


async def _open_sqlite(engine: AsyncEngine, file: Path, now: float) -> None:
    make_file(file)
    async with locked(file.parent), engine.begin() as connection:
        await _upgrade(connection, now)


async def _open_postgresql(engine: AsyncEngine, now: float) -> None:
    async with engine.begin() as connection:
        await connection.execute(text(f"SET LOCAL statement_timeout = '{PATIENCE_S}s'"))
        await connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))  # until the transaction ends
        await _upgrade(connection, now)


async def _upgrade(connection: AsyncConnection, now: float) -> None:
    await connection.run_sync(upgrade)
    await connection.execute(drop_unused(now - UNUSED_S))

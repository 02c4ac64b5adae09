"""Connections to the database, each statement with an end: by the server's own limit, or for SQLite by ours."""

import time
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from app.store.address import Address

STATEMENT_S = 5.0
CONNECT_S = 5.0
MOST_CONNECTIONS = 10
_IDLE_CONNECTIONS = 2
_STEPS = 10_000  # of SQLite's machine from one look at the clock to the next; less than a millisecond
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",  # once on, it stays on: only the very first connection changes something
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {STATEMENT_S * 1000:.0f}",
    "PRAGMA synchronous = NORMAL",  # safe in WAL: a power cut may take the last moments, but harms no file
)


def make_engine(address: Address) -> AsyncEngine:
    """Return an engine; it connects when it is first asked for something.

    A connection with the execution option `writes` takes SQLite's write lock at once: a transaction that first reads
    and then wants to write is refused as soon as somebody else has written in between.
    """
    pool: dict[str, Any] = {
        "pool_size": _IDLE_CONNECTIONS,
        "max_overflow": MOST_CONNECTIONS - _IDLE_CONNECTIONS,
        "pool_timeout": CONNECT_S,
        "hide_parameters": True,
    }
    if address.file:
        engine = create_async_engine(address.url, connect_args={"isolation_level": None}, **pool)
        _watch_sqlite(engine)
        return engine
    limits = {"statement_timeout": f"{STATEMENT_S:.0f}s", "application_name": "kaiwa"}
    arguments = {"timeout": CONNECT_S, "server_settings": limits}
    return create_async_engine(address.url, connect_args=arguments, pool_pre_ping=True, **pool)


def _watch_sqlite(engine: AsyncEngine) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, entry: ConnectionPoolEntry) -> None:
        def is_late() -> bool:
            until: float = entry.info["until"]
            return time.monotonic() > until

        connection.run_async(lambda driver: driver.set_progress_handler(is_late, _STEPS))
        entry.info["until"] = float("inf")
        _run_pragmas(connection)

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def set_end(connection: Connection, *_: Any) -> None:
        connection.info["until"] = time.monotonic() + STATEMENT_S


def _run_pragmas(connection: DBAPIConnection) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()

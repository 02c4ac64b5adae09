"""Why a database failed, in a few words: never a statement, a value or a password, which drivers like to show."""

import sqlite3

import asyncpg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

FAILURES = (SQLAlchemyError, sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
"""All that can come out of a database; `TimeoutError` is an `OSError`."""

_LATE = "it did not answer in time"
_OF_SQLITE = {
    "SQLITE_BUSY": "another program holds it",
    "SQLITE_CANTOPEN": "its file cannot be opened",
    "SQLITE_CORRUPT": "its file is damaged",
    "SQLITE_FULL": "the disk is full",
    "SQLITE_INTERRUPT": _LATE,
    "SQLITE_NOTADB": "its file is no database",
    "SQLITE_READONLY": "it may not be written",
}
_OF_POSTGRESQL = {
    "28000": "it does not let this user in",
    "28P01": "the password is wrong",
    "3D000": "there is no database of this name",
    "42501": "this user may not do that",
    "53100": "the disk is full",
    "53300": "it has too many connections already",
    "57014": _LATE,
    "57P01": "it was shut down",
    "57P03": "it is starting or ending",
}


def reason(failure: Exception) -> str:
    """Return why, as the end of a sentence."""
    inner = failure.orig if isinstance(failure, DBAPIError) else failure
    if isinstance(inner, sqlite3.Error):
        name = getattr(inner, "sqlite_errorname", "") or type(inner).__name__
        return _OF_SQLITE.get(_plain(name), name)
    state = getattr(inner, "sqlstate", None)
    if state:
        return _OF_POSTGRESQL.get(state, f"error {state}")
    if isinstance(inner, TimeoutError):
        return _LATE
    if isinstance(inner, OSError):
        return (inner.strerror or type(inner).__name__).lower()
    return type(inner).__name__


def _plain(name: str) -> str:
    """Return the primary code of an extended one: SQLITE_READONLY of SQLITE_READONLY_DBMOVED."""
    return "_".join(name.split("_")[:2])

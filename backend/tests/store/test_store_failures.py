import socket
import sqlite3

import pytest

from app.store.failures import reason


def sqlite_error(name: str) -> sqlite3.Error:
    error = sqlite3.OperationalError("INSERT of 'something private' failed")
    error.sqlite_errorname = name
    return error


@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (sqlite_error("SQLITE_FULL"), "the disk is full"),
        (sqlite_error("SQLITE_READONLY_DBMOVED"), "it may not be written"),
        (sqlite_error("SQLITE_PROTOCOL"), "SQLITE_PROTOCOL"),
        (sqlite3.ProgrammingError("something private"), "ProgrammingError"),
        (TimeoutError("something private"), "it did not answer in time"),
        (ConnectionRefusedError(111, "Connect call failed ('127.0.0.1', 9)"), "connection refused"),
        (socket.gaierror(-2, "Name or service not known"), "name or service not known"),
        (OSError("something private"), "oserror"),
        (ValueError("something private"), "ValueError"),
    ],
)
def test_a_reason_is_a_few_words_and_nothing_private(failure: Exception, why: str) -> None:
    assert reason(failure) == why

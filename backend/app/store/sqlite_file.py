"""SQLite's file on the disk: for its owner's eyes only, and brought up to date by one process at a time."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

GLANCE_S = 0.02


def make_file(file: Path) -> None:
    """Make the file and its folder if they are not there. What SQLite puts beside the file gets the file's mode.

    Raises:
        OSError: they cannot be made.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Opened with its mode, and only if it is not there: it is never readable by others.
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


@asynccontextmanager
async def locked(folder: Path) -> AsyncIterator[None]:
    """Keep other processes out that want the same. It is the folder that is locked: nothing is left behind.

    SQLite's own locks do not do: one who comes while another turns the write-ahead log on is refused at once.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        while not _try_lock(descriptor):  # noqa: ASYNC110 - it is another process that gives it back
            await asyncio.sleep(GLANCE_S)
        yield
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

"""uvicorn's HTTP connection, which a request can close its own way and which tells it at once that its caller left."""

import asyncio
import contextlib
import socket
import struct
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

EXTENSION = "kaiwa.connection"
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class CallerGoneError(Exception):
    """The connection of this request is closed."""


class Connection(HttpToolsProtocol):
    """One client connection. It serves one request at a time, so there is at most one waiter."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access_log = False
        self._waiter: asyncio.Future[None] | None = None

    def on_message_begin(self) -> None:
        """Put the connection where the request finds it."""
        super().on_message_begin()
        self.scope["extensions"] = {EXTENSION: {"connection": self}}

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake the request that is being served: nobody waits for it any more."""
        super().connection_lost(exc)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(CallerGoneError)

    async def pause(self, seconds: float | None = None) -> None:
        """Sleep, for ever if no time is given. Raises CallerGoneError as soon as the connection closes."""
        if self.parser is None:  # connection_lost has been here: it would not come again
            raise CallerGoneError
        waiter = self._waiter = self.loop.create_future()
        timer = None if seconds is None else self.loop.call_later(seconds, _wake, waiter)
        try:
            await waiter
        finally:
            if timer is not None:
                timer.cancel()

    async def reset(self) -> None:
        """Close with a TCP reset, dropping what is still buffered."""
        plain_socket: socket.socket = self.transport.get_extra_info("socket")
        plain_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.transport.abort()
        await self._closed()

    async def cut(self) -> None:
        """Send what is still buffered, then close."""
        self.transport.close()
        await self._closed()

    async def _closed(self) -> None:
        with contextlib.suppress(CallerGoneError):
            await self.pause()


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)

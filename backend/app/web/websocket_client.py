"""A WebSocket as the session's `Client`: whoever has gone is a None, whoever does not read is dropped in the end."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from starlette.types import Receive, Scope, Send

from app.web.protocol import ABORT

UNSUPPORTED_DATA = 1003
FAREWELL_S = 2.0  # how long a closing client may take to read what is before its farewell
LONGEST_REASON = 123  # bytes, by the protocol


class WebSocketClient:
    """One accepted connection; it is raw ASGI, because these two methods run for each packet of sound."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._abort: Callable[[], None] = scope["extensions"][ABORT]["now"]
        self._is_over = False

    async def receive(self) -> str | None:
        """Return the next message, or None when the client has gone."""
        if self._is_over:
            return None
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            self._is_over = True
        if self._is_over:  # it may also have been closed while we waited
            return None
        text: str | None = message.get("text")
        if text is None:
            await self.close(UNSUPPORTED_DATA, "Messages are JSON in text frames, not in binary ones.")
        return text

    async def send(self, message: str) -> None:
        """Send; waits while the client is slow. Sending to a client that has gone does nothing."""
        if self._is_over:
            return
        with suppress(OSError):  # it went this very moment; `receive` will say so
            await self._send({"type": "websocket.send", "text": message})

    async def close(self, code: int, reason: str) -> None:
        """Close with a reason; a client that does not take it is cut off. The second time does nothing."""
        if self._is_over:
            return
        self._is_over = True
        shown = reason.encode()[:LONGEST_REASON].decode(errors="ignore")
        try:
            async with asyncio.timeout(FAREWELL_S):
                with suppress(OSError):
                    await self._send({"type": "websocket.close", "code": code, "reason": shown})
        except TimeoutError:
            self._abort()

"""uvicorn's protocols, made safe against clients that stop reading, vanish, or mean harm; and without tracebacks.

It leans on the inside of one uvicorn version: the lock file pins it, `tests/web/test_raw_socket.py` holds it to this.
"""

import asyncio
import socket
from asyncio.transports import BaseTransport
from typing import Any

from uvicorn._types import ASGISendEvent  # the type that the method we override is declared with
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from app.web.deflate import DeflateFactory

ABORT = "kaiwa.abort"
"""ASGI extension: `scope["extensions"][ABORT]["now"]()` drops the connection, sent or not."""

REQUEST_PATIENCE_S = 30.0  # browsers open connections that they may need later
CLOSE_PATIENCE_S = 3.0  # for the client's half of the closing handshake
MOST_FRAGMENTS = 4096  # of one message; empty ones would grow it for ever below any limit in bytes
SEND_BUFFER = 1 << 17  # bytes in the kernel, about 2 s of PCM: more would hide that a client lags
NO_UTF_8, TOO_BIG = 1007, 1009


class HttpProtocol(HttpToolsProtocol):
    """One connection that may become a WebSocket."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Give it some time for its first request: uvicorn would wait for ever."""
        super().connection_made(transport)
        self.loop.call_later(REQUEST_PATIENCE_S, self._drop_silent)

    def _drop_silent(self) -> None:
        has_become_websocket = self not in self.connections
        if not self.cycle and not has_become_websocket:
            self.transport.close()


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """One connection."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Agree to compression of our kind; uvicorn's own, which would treat all messages alike, is off."""
        super().__init__(*arguments, **options)
        self.conn.available_extensions = [DeflateFactory(self.config.ws_max_size, self.loop.time)]

    def connection_made(self, transport: BaseTransport) -> None:
        """Keep little of what we send in the kernel."""
        super().connection_made(transport)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)

    async def run_asgi(self) -> None:
        """Offer the extension."""
        self.scope["extensions"] = {**(self.scope["extensions"] or {}), ABORT: {"now": self.transport.abort}}
        await super().run_asgi()

    async def send(self, message: ASGISendEvent) -> None:
        """Send; whatever way the connection ended, what comes after is a `ClientDisconnected`."""
        if self.close_sent:
            raise ClientDisconnected
        await super().send(message)
        if self.close_timer is not None:  # a plain close would wait for a client that does not read
            self.close_timer.cancel()
            self.close_timer = self.loop.call_later(CLOSE_PATIENCE_S, self.transport.abort)

    def keepalive_timeout(self) -> None:
        """Drop a client that does not answer a ping; a plain close would wait until it reads what was sent."""
        super().keepalive_timeout()
        self.transport.abort()

    def handle_cont(self, event: Frame) -> None:
        """Refuse a message in too many pieces."""
        if self.close_sent:
            return
        if len(self.frames) >= MOST_FRAGMENTS:
            self._fail(TOO_BIG, "The message has too many fragments.")
            return
        super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        """Refuse a text that is no UTF-8 before uvicorn does, which logs a traceback."""
        if self.curr_msg_data_type == "text" and not self.close_sent:
            self.frames = [b"".join(self.frames)] if len(self.frames) > 1 else self.frames
            try:
                self.frames[0].decode()
            except UnicodeDecodeError:
                self._fail(NO_UTF_8, "The text is not UTF-8.")
                return
        super().send_receive_event_to_app()

    def handle_ping(self) -> None:
        """Leave a ping unanswered while the client does not read: the answers would pile up."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def handle_parser_exception(self) -> None:
        """Say why, then read on and throw away: whoever is still sending would lose our reason to a reset."""
        if self.close_sent or self.conn.close_sent is None:
            return
        code, reason = self.conn.close_sent.code, self.conn.close_sent.reason
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.write_eof()
        self.close_sent = True
        self.close_timer = self.loop.call_later(CLOSE_PATIENCE_S, self.transport.abort)
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    def _fail(self, code: int, reason: str) -> None:
        self.frames = []
        self.conn.fail(code, reason)
        self.handle_parser_exception()

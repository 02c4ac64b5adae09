"""How the backend listens: uvicorn with our WebSocket, and an end that tells every client before it goes."""

import errno
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

from app.errors import SettingsError
from app.web.protocol import HttpProtocol, WebSocketProtocol

PING_EVERY_S = 10.0
PING_PATIENCE_S = 10.0
GRACE_S = 3  # for requests that are under way when the server ends
BACKLOG = 512
_ABSENT = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}  # localhost is also an IPv6 address that a machine may not have


def options(message_max_bytes: int) -> dict[str, Any]:
    """Return what uvicorn is to be told.

    Compression is the business of `web.protocol`. A line for each request is written by `web.request_id`; uvicorn's own
    would show the key in a sign-in link.
    """
    return {
        "loop": "uvloop",
        "http": HttpProtocol,
        "ws": WebSocketProtocol,
        "ws_max_size": message_max_bytes,
        "ws_per_message_deflate": False,
        "ws_ping_interval": PING_EVERY_S,
        "ws_ping_timeout": PING_PATIENCE_S,
        "access_log": False,
        "log_config": None,
        "server_header": False,
        "lifespan": "on",
        "timeout_graceful_shutdown": GRACE_S,
    }


class Server(uvicorn.Server):
    """uvicorn, which asks `before_end` to say farewell before it closes the connections."""

    def __init__(self, config: uvicorn.Config, before_end: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._before_end = before_end

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End."""
        await self._before_end()
        await super().shutdown(sockets)


def listen(host: str, port: int) -> list[socket.socket]:
    """Return sockets that listen on every address of `host`.

    Raises:
        SettingsError: the port is taken, or the host is none of this machine's.
    """
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        raise SettingsError(f"BACKEND_HOST is {host!r}, which is no address of this machine.") from None
    sockets: list[socket.socket] = []
    for family, _, _, _, address in dict.fromkeys(addresses):
        try:
            sockets.append(socket.create_server(address[:2], family=family, backlog=BACKLOG))
        except OSError as error:
            if error.errno in _ABSENT:
                continue
            for opened in sockets:
                opened.close()
            raise SettingsError(_sentence(host, port, error)) from None
    if not sockets:
        raise SettingsError(f"BACKEND_HOST is {host!r}, which is no address of this machine.")
    return sockets


def _sentence(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken: end the program that uses it, or set BACKEND_PORT to another."
    return f"BACKEND_HOST={host} and BACKEND_PORT={port} cannot be listened on: {error.strerror}."

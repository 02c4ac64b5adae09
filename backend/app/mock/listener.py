"""The port of one or several mock services: routes requests to them, and can be closed and opened again."""

import asyncio
import socket
from collections.abc import Sequence
from typing import Any

from uvicorn import Config
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope
from uvicorn.server import ServerState

from app.mock.connection import CallerGoneError, Connection
from app.mock.exchange import Exchange
from app.mock.service import Route, Service

AnyService = Service[Any]

BACKLOG = 512
KEEP_ALIVE_S = 60


class Listener:
    """Serves `services` on one port.

    uvicorn parses HTTP; its Server is left out, as it takes over signals and cannot open a port again.
    """

    def __init__(self, services: Sequence[AnyService], control: dict[tuple[str, str], Route]) -> None:
        self.host = ""
        self.port = 0
        self._services = services
        self._control = control
        # On a shared port the first service that knows a path has it.
        self._routes = {key: (one, route) for one in reversed(services) for key, route in one.routes().items()}
        self._state = ServerState()
        self._state.default_headers = [(b"server", b"kaiwa-mock"), (b"x-kaiwa-mock", b"1")]
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://{self.host}:{self.port}"

    async def open(self, host: str, port: int) -> None:
        """Listen; port 0 asks the operating system for one. Raises OSError."""
        config = Config(
            self._serve,
            log_config=None,
            proxy_headers=False,
            interface="asgi3",
            ws="none",
            lifespan="off",
            timeout_keep_alive=KEEP_ALIVE_S,
        )
        config.load()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Connection(config, self._state, {}, loop), host, port, backlog=BACKLOG, family=socket.AF_INET
        )
        self.host, self.port = host, self._server.sockets[0].getsockname()[1]

    async def reopen(self) -> None:
        """Listen again on the same port after `close`. Raises OSError."""
        await self.open(self.host, self.port)

    async def close(self) -> None:
        """Stop listening and drop every connection: from now on callers are refused."""
        if self._server is None:
            return
        self._server.close()
        for connection in list(self._state.connections):
            connection.transport.abort()
        await asyncio.gather(*self._state.tasks)
        await self._server.wait_closed()
        self._server = None

    async def _serve(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if scope["type"] != "http":
            raise TypeError(f"a mock server speaks HTTP only, not {scope['type']}")
        try:
            exchange = await Exchange.read(scope, receive, send)
        except CallerGoneError:
            return
        key = (exchange.method, exchange.path)
        if key in self._routes:
            service, route = self._routes[key]
            await service.serve(exchange, route)
        elif key in self._control:
            await self._control[key].answer(exchange)
        else:
            await self._services[0].answer_error(exchange, 404, f"File Not Found ({exchange.path})")

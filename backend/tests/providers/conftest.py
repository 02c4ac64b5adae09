"""Servers and clients of the providers' tests."""

from collections.abc import AsyncGenerator, Callable

import pytest

from app.ports import Service
from app.providers.http import HttpServer, Timeouts

Connect = Callable[..., HttpServer]


@pytest.fixture
async def connect() -> AsyncGenerator[Connect]:
    """Make an `HttpServer` that is closed after the test."""
    servers: list[HttpServer] = []

    def make(service: Service, endpoint: str, *, read_s: float = 5, total_s: float = 10) -> HttpServer:
        servers.append(HttpServer(service, endpoint, Timeouts(connect_s=2, read_s=read_s, total_s=total_s)))
        return servers[-1]

    yield make
    for server in servers:
        await server.close()

"""Running mock servers, and a client for each protocol's address."""

from collections.abc import AsyncIterator

import httpx
import pytest

from app.mock.servers import MockServers


@pytest.fixture
async def mocks() -> AsyncIterator[MockServers]:
    async with MockServers() as servers:
        yield servers


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=10, trust_env=False) as one:
        yield one

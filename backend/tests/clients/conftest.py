"""The assistant that the clients talk to, new for each test."""

from collections.abc import AsyncGenerator

import pytest

from tests.clients.assistant import Assistant, run_assistant


@pytest.fixture
async def assistant() -> AsyncGenerator[Assistant, None]:
    async with run_assistant() as running:
        yield running

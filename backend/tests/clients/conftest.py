"""The assistant that the clients talk to, new for each test."""

from collections.abc import AsyncGenerator

import pytest

from tests.clients.assistant import Assistant, run_assistant

collect_ignore = ["peers"]  # `make clients` runs them, in an environment of their own


@pytest.fixture
async def assistant() -> AsyncGenerator[Assistant, None]:
    async with run_assistant() as running:
        yield running

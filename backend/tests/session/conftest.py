"""A session of fakes, ended when the test is."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from tests.session.stage import Stage


@pytest.fixture
async def stage() -> AsyncGenerator[Stage, None]:
    made = Stage()
    yield made
    if made.task:
        made.client.leave()
        async with asyncio.timeout(5):
            await made.task

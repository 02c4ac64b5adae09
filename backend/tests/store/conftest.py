"""Each test here runs on both databases, on a new one of its own."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from app.store.store import Store
from tests.store.opened import Clock, open_store


@pytest.fixture(params=["sqlite", "postgresql"])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/folder/kaiwa.db"
    made: str = await request.getfixturevalue("postgres").make_database()
    return made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(url: str, clock: Clock, tmp_path: Path) -> AsyncGenerator[Store]:
    async with open_store(url, tmp_path, clock) as opened:
        yield opened

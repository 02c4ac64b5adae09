"""A session of fakes, ended when the test is."""

from collections.abc import AsyncGenerator

import pytest

from app.session.limits import SessionLimits
from tests.session.speaking import UNPACED
from tests.session.stage import Stage


@pytest.fixture
async def stage() -> AsyncGenerator[Stage, None]:
    made = Stage()
    yield made
    await made.leave()


@pytest.fixture
def unpaced(stage: Stage) -> Stage:
    stage.limits = SessionLimits(messages_per_s=10_000, outbox_ahead_s=UNPACED)
    return stage

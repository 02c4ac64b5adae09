"""What every test can count on: default settings, whatever the shell or an operator's `.env` says, and no hurry.

Only the database is another one: in a temporary folder, for all tests together and for the programs that they start.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from app.settings import Settings
from tests.store.postgresql import PostgresServer, run_postgres

E2E = Path(__file__).parent / "e2e"

for variable in Settings.model_fields:
    os.environ.pop(variable.upper(), None)
Settings.model_config["env_file"] = None

# How long an example takes depends on what else the machine does; a test that hangs is ended by its timeout.
hypothesis.settings.register_profile("kaiwa", deadline=None)
hypothesis.settings.load_profile("kaiwa")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Pass over whole conversations in a browser, unless they are asked for by name: `make e2e` does."""
    asked = any("e2e" in Path(argument).parts for argument in config.args)
    return True if collection_path == E2E and not asked else None


@pytest.fixture(scope="session", autouse=True)
def database() -> Iterator[None]:
    with tempfile.TemporaryDirectory(prefix="kaiwa-tests-") as folder:
        os.environ["DATABASE_URL"] = f"sqlite:///{folder}/kaiwa.db"
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with run_postgres() as server:
        yield server

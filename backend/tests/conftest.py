"""What every test can count on: default settings, whatever the shell or an operator's `.env` says, and no hurry."""

import os
from pathlib import Path

import hypothesis
import pytest

from app.settings import Settings

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

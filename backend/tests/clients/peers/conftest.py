"""The assistant, served from its own environment, for clients that cannot be installed there."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.peers.served import Assistant

BACKEND = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def served() -> Iterator[Assistant]:
    command = [os.environ["KAIWA_PYTHON"], "-m", "tests.clients.assistant"]
    with subprocess.Popen(command, cwd=BACKEND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603 - make names it
        assert process.stdin
        assert process.stdout
        yield Assistant(**json.loads(process.stdout.readline()))
        process.stdin.close()


@pytest.fixture
def assistant(served: Assistant) -> Assistant:
    served.restore()
    return served

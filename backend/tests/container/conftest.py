"""The page's container beside a backend.

FRONTEND_IMAGE names its image (`make container`); without it no test is here.
"""

import ssl
from collections.abc import Iterator

import httpx
import pytest

from tests.container.engine import IMAGE, container, docker
from tests.container.frontend import AUTHORITY, PLAIN, TLS, Frontend
from tests.container.programs import run_backend
from tests.container.waiting import answered

collect_ignore_glob = [] if IMAGE else ["test_*.py"]


@pytest.fixture(scope="session")
def frontend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Frontend]:
    """The container, in the network of this machine, in front of a backend that needs a key."""
    with (
        run_backend(tmp_path_factory.mktemp("backend")) as (backend, mocks),
        container("--network", "host", "--env", f"BACKEND={backend}") as name,
    ):
        answered(f"{PLAIN}/")
        answered(f"{TLS}/")
        trust = ssl.create_default_context(cadata=docker("exec", name, "cat", AUTHORITY))
        yield Frontend(name, trust, mocks)


@pytest.fixture(params=[PLAIN, TLS])
def browser(request: pytest.FixtureRequest, frontend: Frontend) -> Iterator[httpx.Client]:
    """A client of either port that checks certificates as a browser does."""
    with httpx.Client(base_url=request.param, verify=frontend.trust, timeout=10, trust_env=False) as client:
        yield client

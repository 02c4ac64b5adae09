"""The four model servers, each started once for all tests that ask for it."""

from collections.abc import Iterator

import pytest

from tests.local.model_server import LLM_MODEL, STT_MODEL, ModelServer, run_server


@pytest.fixture(scope="session")
def tts() -> Iterator[ModelServer]:
    with run_server("app.local.tts", "--threads", "2") as server:
        yield server


@pytest.fixture(scope="session")
def embedding() -> Iterator[ModelServer]:
    with run_server("app.local.embedding") as server:
        server.wait_for_log("the encoder is loaded")
        yield server


@pytest.fixture(scope="session")
def stt() -> Iterator[ModelServer]:
    with run_server("app.local.stt", "--model", str(STT_MODEL)) as server:
        yield server


@pytest.fixture(scope="session")
def llm() -> Iterator[ModelServer]:
    with run_server("app.local.llm", "--model", str(LLM_MODEL)) as server:
        yield server

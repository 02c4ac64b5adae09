import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from app import main
from app.errors import SettingsError
from app.settings import load
from app.web.server import listen
from tests.web.serving import FakeProviders, make_backend

BACKEND = Path(__file__).parents[1]


def start(**variables: str) -> subprocess.Popen[str]:
    environment = os.environ | {"STT_LANGUAGE": "auto"} | variables
    command = [sys.executable, "-m", "app.main"]
    return subprocess.Popen(  # noqa: S603 - our own program
        command, cwd=BACKEND, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def free_port() -> int:
    with taken_port() as port:
        return port


def test_a_taken_port_is_one_sentence_that_names_its_variable() -> None:
    with taken_port() as port:
        program = start(BACKEND_PORT=str(port))
        _, said = program.communicate(timeout=60)
    assert program.returncode == 2
    assert said.splitlines() == [
        f"Port {port} on 127.0.0.1 is taken: end the program that uses it, or set BACKEND_PORT to another."
    ]


def test_a_wrong_setting_is_one_sentence() -> None:
    program = start(VAD_THRESHOLD="much")
    _, said = program.communicate(timeout=60)
    assert program.returncode == 2
    assert said.startswith("VAD_THRESHOLD should be a valid number")
    assert len(said.splitlines()) == 1


def test_a_database_that_cannot_be_used_is_one_sentence() -> None:
    program = start(BACKEND_PORT=str(free_port()), DATABASE_URL="postgresql://kaiwa:swordfish@127.0.0.1:9/kaiwa")
    _, said = program.communicate(timeout=60)
    assert program.returncode == 2
    assert said.splitlines() == [
        "DATABASE_URL leads to postgresql://127.0.0.1:9/kaiwa, which cannot be used: connection refused."
    ]


def test_a_start_that_fails_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing:
        started = False

        def __init__(self, *_: object) -> None:
            pass

        def run(self, sockets: list[socket.socket]) -> None:
            for listener in sockets:
                listener.close()

    monkeypatch.setattr(main, "Server", Failing)
    monkeypatch.setattr(main, "configure", lambda *_: None)
    monkeypatch.setattr(sys, "argv", ["main"])
    monkeypatch.setenv("BACKEND_PORT", str(free_port()))
    assert main.main() == 1


def test_a_host_that_is_not_ours_is_one_sentence() -> None:
    with pytest.raises(SettingsError, match=r"BACKEND_HOST.*192\.0\.2\.1"):
        listen("192.0.2.1", 0)
    with pytest.raises(SettingsError, match=r"BACKEND_HOST is 'nowhere.invalid'"):
        listen("nowhere.invalid", 0)


def test_localhost_is_listened_on_wherever_it_leads() -> None:
    for listener in listen("localhost", 0):
        with listener:
            assert listener.getsockname()[0] in {"127.0.0.1", "::1"}


async def test_the_program_serves_without_its_model_servers_and_ends_when_asked() -> None:
    port = free_port()
    program = start(BACKEND_PORT=str(port), LLM_ENDPOINT="http://127.0.0.1:9/v1", LOG_LEVEL="INFO")
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=5, trust_env=False) as client:
            async with asyncio.timeout(60):
                while True:
                    try:
                        health = (await client.get("/health")).json()
                        break
                    except httpx.ConnectError:
                        assert program.poll() is None
            ready = await client.get("/ready")
    finally:
        program.send_signal(signal.SIGTERM)
        _, log = program.communicate(timeout=60)
    assert health["status"] == "unavailable"
    assert health["providers"]["llm"]["endpoint"] == "http://127.0.0.1:9/v1"
    assert ready.status_code == 503
    assert '"event": "backend.ended"' in log
    assert "Traceback" not in log


async def test_providers_are_watched_while_the_application_lives() -> None:
    providers = FakeProviders()
    app = make_backend(providers)
    async with app.router.lifespan_context(app):
        assert providers.is_watched
    assert not providers.is_watched


def test_the_application_can_be_named_to_any_server(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[object] = []

    def serve_app() -> object:
        built.append(object())
        return built[-1]

    monkeypatch.setattr(main, "serve_app", serve_app)
    monkeypatch.delitem(vars(main), "app", raising=False)
    assert main.app is main.app is built[0]
    assert len(built) == 1
    monkeypatch.delitem(vars(main), "app")
    with pytest.raises(AttributeError):
        _ = main.nothing


def test_settings_reach_the_parts() -> None:
    app = main.create_app(load(max_sessions=3))
    assert app.state.sessions.most == 3

"""The backend with fakes behind it: as an application, or listening on a port that the system chose."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from app.main import assemble
from app.metrics import Metrics
from app.ports import ProviderHealth, Service
from app.settings import load
from app.web.server import Server, listen, options
from tests.fakes import FakeEmbedder, FakeLanguageModel, FakeSpeechToText, FakeTextToSpeech, FakeVoiceDetector

API_KEY, ADMIN_KEY = "a-key-for-speakers", "a-key-for-operators"
ELSEWHERE: dict[str, Any] = {"backend_host": "0.0.0.0", "api_key": API_KEY, "admin_key": ADMIN_KEY}  # noqa: S104 - said, not done


class FakeProviders:
    """All fakes at once; `states` are shown instead of what they say."""

    def __init__(self, **states: ProviderHealth) -> None:
        self.stt, self.llm = FakeSpeechToText(), FakeLanguageModel()
        self.tts, self.embedding = FakeTextToSpeech(), FakeEmbedder()
        self.new_voice_detector = FakeVoiceDetector
        self.states = states
        self.is_watched = False

    def health(self) -> Mapping[Service, ProviderHealth]:
        said = {fake.service: fake.health() for fake in (self.llm, self.stt, self.tts, self.embedding)}
        return {service: self.states.get(service, health) for service, health in said.items()}

    async def __aenter__(self) -> None:
        self.is_watched = True

    async def __aexit__(self, *_: object) -> None:
        self.is_watched = False


def make_backend(providers: FakeProviders | None = None, **settings: Any) -> FastAPI:
    return assemble(load(**settings), providers or FakeProviders(), Metrics())


def build_page(folder: Path) -> None:
    """What `make page` would leave there."""
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Kaiwa</title>")
    (folder / "icon.svg").write_text("<svg/>")
    (folder / "assets" / "index-abc.js").write_text("export {};")


@asynccontextmanager
async def calling(
    app: FastAPI, base_url: str = "http://localhost:8000", **options: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application that lives, but listens nowhere."""
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=base_url, **options) as client,
    ):
        yield client


@asynccontextmanager
async def running(app: FastAPI, **changes: Any) -> AsyncIterator[str]:
    """Listen, as the program does; yields host and port."""
    sockets = listen("127.0.0.1", 0)
    config = uvicorn.Config(app, **(options(load().message_max_bytes) | changes))
    server = Server(config, app.state.sessions.end)
    serving = asyncio.create_task(server._serve(sockets))
    host, port = sockets[0].getsockname()
    try:
        yield f"{host}:{port}"
    finally:
        server.should_exit = True
        await serving

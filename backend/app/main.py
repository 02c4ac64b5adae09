"""The backend: `python -m app.main`. It builds every part from the settings and is the only one that knows them all."""

import argparse
import asyncio
import gc
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import uvicorn
from fastapi import FastAPI

from app import __version__
from app.errors import SettingsError
from app.log import configure, logger
from app.metrics import Metrics
from app.ports import (
    ConversationStore,
    LanguageModel,
    ProviderHealth,
    Service,
    SpeechToText,
    TextToSpeech,
    VoiceDetector,
)
from app.providers.choose import choose
from app.session.apologies import APOLOGY_RATE, load_apologies
from app.session.client import Client
from app.session.limits import SessionLimits
from app.session.services import Manner, Services
from app.session.session import Session
from app.settings import ROOT, Settings, load, resolve
from app.settings.access_keys import access_keys, is_loopback, sign_in_link
from app.store.address import read_address
from app.store.archive import Archive
from app.store.conversations import Conversations
from app.store.memory import MemoryConversations
from app.store.store import Store
from app.web.access import Access, Failures
from app.web.app import Parts, make_app
from app.web.client_secrets import ClientSecrets
from app.web.health import HealthReport
from app.web.keys import Keys
from app.web.origin import Origins, loopback_hosts
from app.web.server import Server, listen, options
from app.web.sessions import Sessions
from app.wire.session_config import SessionConfig
from app.wire.session_shape import TurnDetection

PAGE = ROOT / "frontend" / "dist"
STATE_VARIABLE = "KAIWA_SUPERVISOR_STATE"
MODEL, VOICE = "kaiwa", "default"  # what a session calls them until somebody names others
PRIVATE_PER_SESSION = 2  # one that goes on and one that waits to be taken up again, on average
INSTRUCTION_TOKENS = 1024  # of the model's window, kept for the system prompt

log = logger()


class AllProviders(Protocol):
    """What `providers.choose` gives; inside its context the model servers are watched."""

    @property
    def stt(self) -> SpeechToText: ...  # noqa: D102 - as ports say
    @property
    def llm(self) -> LanguageModel: ...  # noqa: D102 - as ports say
    @property
    def tts(self) -> TextToSpeech: ...  # noqa: D102 - as ports say
    @property
    def new_voice_detector(self) -> Callable[[], VoiceDetector]: ...  # noqa: D102 - as ports say

    def health(self) -> Mapping[Service, ProviderHealth]:
        """Return the last known state of every service."""
        ...

    async def __aenter__(self) -> Any: ...
    async def __aexit__(self, *_: object) -> None: ...


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the application for these settings, else for those of the environment.

    Raises:
        SettingsError: something in them cannot be.
    """
    settings = settings or load()
    metrics = Metrics()
    return assemble(settings, choose(settings, metrics), metrics)


def assemble(settings: Settings, providers: AllProviders, metrics: Metrics) -> FastAPI:
    """Return the application around these providers; `state.sessions` are its sessions."""
    store = _store(settings)
    private = MemoryConversations(time.monotonic, time.time, most=PRIVATE_PER_SESSION * settings.max_sessions)
    services = _services(settings, providers, Conversations(store), private, metrics)
    limits = _limits(settings)
    sessions = Sessions(settings.max_sessions, metrics)
    supervisor = os.environ.get(STATE_VARIABLE)

    async def run_session(client: Client, config: SessionConfig) -> None:
        await Session(client, services, limits, config).run()

    parts = Parts(
        services=services,
        health=providers.health,
        archive=Archive(store),
        forget_private=private.delete,
        report=HealthReport(
            providers.health,
            store.health,
            str(resolve(settings.rag_index_path)),
            Path(supervisor) if supervisor else None,
        ),
        access=_access(settings),
        origins=_origins(settings),
        sessions=sessions,
        run_session=run_session,
        new_config=lambda model: _config(settings, model),
        page=PAGE,
        default_voice=settings.tts_default_voice or None,
        lifespan=_lifespan(store, providers, sessions),
    )
    app = make_app(parts)
    app.state.sessions = sessions
    return app


def _store(settings: Settings) -> Store:
    return Store(read_address(settings.database_url.get_secret_value(), ROOT), time.monotonic, time.time)


def _services(
    settings: Settings,
    providers: AllProviders,
    conversations: ConversationStore,
    private: ConversationStore,
    metrics: Metrics,
) -> Services:
    return Services(
        stt=providers.stt,
        llm=providers.llm,
        tts=providers.tts,
        new_detector=providers.new_voice_detector,
        conversations=conversations,
        private=private,
        apologies=load_apologies(),
        apology_rate=APOLOGY_RATE,
        metrics=metrics,
        clock=time.monotonic,
        manner=Manner(
            system_prompt=settings.system_prompt,
            language=None if settings.stt_language == "auto" else settings.stt_language,
            temperature=settings.llm_temperature,
            max_tokens=settings.llm_max_tokens,
            context_tokens=max(1, settings.llm_ctx_size - settings.llm_max_tokens - INSTRUCTION_TOKENS),
            partial_interval_ms=settings.partial_interval_ms,
            min_speech_ms=settings.vad_min_speech_ms,
        ),
    )


def _limits(settings: Settings) -> SessionLimits:
    return SessionLimits(
        idle_s=settings.session_idle_s,
        longest_s=settings.session_max_s,
        utterance_s=settings.utterance_max_s,
        messages_per_s=settings.messages_per_s,
        outbox_ahead_s=settings.outbox_ahead_s,
        outbox_lag_s=settings.outbox_lag_s,
    )


def _config(settings: Settings, model: str | None) -> SessionConfig:
    turn_detection = TurnDetection(
        threshold=settings.vad_threshold,
        prefix_padding_ms=settings.vad_prefix_ms,
        silence_duration_ms=settings.vad_silence_ms,
    )
    return SessionConfig.default(model or MODEL, settings.tts_default_voice or VOICE, turn_detection=turn_detection)


def _access(settings: Settings) -> Access:
    given = access_keys(settings)
    keys = Keys(speaker=given.api_key, operator=given.admin_key)
    return Access(keys, ClientSecrets(time.time), Failures(time.monotonic), time.time)


def _origins(settings: Settings) -> Origins:
    allowed = settings.allowed_origins
    host = settings.backend_host
    return Origins(allowed, loopback_hosts(host, allowed) if is_loopback(host) else None)


def _lifespan(
    store: Store, providers: AllProviders, sessions: Sessions
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def live(_: FastAPI) -> AsyncIterator[None]:
        async with store, providers:
            log.info("backend.started", version=__version__, database=store.address.shown)
            gc.freeze()  # what lives now lives to the end: the collector need not walk it again while people talk
            yield
            await sessions.end()
            log.info("backend.ended")

    return live


def serve_app() -> FastAPI:
    """Return the application for a server that imports it by name."""
    settings = load()
    configure("backend", settings.log_level)
    return create_app(settings)


def __getattr__(name: str) -> Any:
    """Build `app` when somebody asks for it, not when this module is imported."""
    if name == "app":
        built = globals()["app"] = serve_app()
        return built
    raise AttributeError(name)


def main() -> int:
    """Serve until told to end; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m app.main", description=__doc__)
    parser.add_argument("--reload", action="store_true", help="start anew whenever the source changes")
    reload = parser.parse_args().reload
    try:
        settings = load()
        configure("backend", settings.log_level)
        sockets = listen(settings.backend_host, settings.backend_port)
        asyncio.run(_open_once(settings))
        app = create_app(settings)
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201 - for the person who starts it
        return 2
    _tell_sign_in(settings)
    with suppress(KeyboardInterrupt):
        if reload:
            for listener in sockets:
                listener.close()
            watched: dict[str, Any] = {"factory": True, "reload": True, "reload_dirs": [str(ROOT / "backend" / "app")]}
            host, port = settings.backend_host, settings.backend_port
            uvicorn.run("app.main:serve_app", host=host, port=port, **watched, **options(settings.message_max_bytes))
        else:
            config = uvicorn.Config(app, **options(settings.message_max_bytes))
            server = Server(config, app.state.sessions.end)
            server.run(sockets)
            return 0 if server.started else 1
    return 0


async def _open_once(settings: Settings) -> None:
    """Find out what is wrong with the database while it can still be said in one sentence."""
    async with _store(settings):
        pass


def _tell_sign_in(settings: Settings) -> None:
    """Show the sign-in link on a terminal; in a log, which others may read, only where the key lies."""
    key = access_keys(settings).api_key
    if key and sys.stdout.isatty():
        print(f"Sign in: {sign_in_link(settings, key)}", flush=True)  # noqa: T201 - never into the log
    elif key:
        log.info(
            "access.key_needed", kept_in="API_KEY" if settings.api_key.get_secret_value() else "data/secrets/api_key"
        )


if __name__ == "__main__":
    sys.exit(main())

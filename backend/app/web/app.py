"""The routes, and what every request passes on its way to them."""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import WebSocketRoute

from app.ports import ProviderHealth, Service
from app.session.services import Services
from app.store.archive import Archive
from app.web import errors
from app.web.access import REALTIME, Access
from app.web.chat import Chats, chat_routes
from app.web.conversations import conversation_routes
from app.web.door import Door
from app.web.headers import SecurityHeaders
from app.web.health import HealthReport, health_routes
from app.web.listing import Voices, listing_routes
from app.web.measures import metrics_routes
from app.web.origin import Origins
from app.web.page import Page
from app.web.realtime import NewConfig, Realtime, RunSession
from app.web.request_id import HEADER, Requests
from app.web.secret_route import secret_routes
from app.web.sessions import Sessions
from app.web.sign_in import sign_in_routes
from app.web.voice_samples import VoiceSamples, sample_routes

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
Health = Callable[[], Mapping[Service, ProviderHealth]]


@dataclass(frozen=True, slots=True)
class Parts:
    """What the web needs of the rest. `page` is the folder of the page, `default_voice` None the server's choice."""

    services: Services
    archive: Archive
    forget_private: Callable[[str], bool]
    health: Health
    report: HealthReport
    access: Access
    origins: Origins
    sessions: Sessions
    run_session: RunSession
    new_config: NewConfig
    page: Path
    default_voice: str | None
    lifespan: Lifespan


def make_app(parts: Parts) -> FastAPI:
    """Return the application."""
    metrics = parts.services.metrics
    app = FastAPI(
        title="Kaiwa",
        openapi_url=None,  # the protocols are OpenAI's; and the pages that show a schema load foreign scripts
        lifespan=parts.lifespan,
        middleware=[
            Middleware(Requests, metrics),
            Middleware(SecurityHeaders),
            *_cors(parts.origins.allowed),
            Middleware(Door, parts.origins, parts.access),
        ],
    )
    errors.install(app)

    def model_name() -> str:
        return parts.health()["llm"].model or "kaiwa"

    tts = parts.services.tts
    voices = Voices(tts, time.monotonic)
    for router in (
        health_routes(parts.report),
        metrics_routes(metrics, parts.health),
        sign_in_routes(parts.access),
        secret_routes(parts.access.secrets, parts.new_config),
        listing_routes(voices, parts.default_voice, model_name),
        sample_routes(VoiceSamples(tts, voices, time.monotonic)),
        chat_routes(Chats(parts.services, model_name, parts.sessions.most)),
        conversation_routes(parts.archive, parts.forget_private),
    ):
        app.include_router(router)
    realtime = Realtime(parts.run_session, parts.new_config, parts.sessions, metrics)
    app.router.routes.append(WebSocketRoute(REALTIME, realtime))
    app.router.default = Page(parts.page)
    return app


def _cors(origins: tuple[str, ...]) -> list[Middleware]:
    """Let the pages of these origins read our answers; the cookie is not theirs to send, so they need a key."""
    if not origins:
        return []
    asked = ["Authorization", "Content-Type", HEADER]
    methods = ["GET", "POST", "PATCH", "DELETE"]
    return [Middleware(CORSMiddleware, allow_origins=origins, allow_methods=methods, allow_headers=asked)]

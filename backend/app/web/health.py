"""`/health` and `/ready`: what serves each stage, what is amiss, and whether somebody can be talked to."""

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse

from app import __version__
from app.log import logger
from app.ports import ProviderHealth, Service
from app.store.store import StoreHealth
from app.wire.sent import JsonObject

NEEDED: tuple[Service, ...] = ("llm", "stt", "tts")
RECENT = timedelta(minutes=10)  # how long a restart stays a warning

log = logger()


@dataclass(frozen=True, slots=True)
class HealthReport:
    """Knows where to look.

    Args:
        providers: the last known state of each.
        store: asks the database how it is.
        index_path: where the index of the documents would lie.
        supervisor: the file in which the supervisor of `make run` tells of the programs; None if there is none.
        began: when the process began, of `time.monotonic`.
    """

    providers: Callable[[], Mapping[Service, ProviderHealth]]
    store: Callable[[], Awaitable[StoreHealth]]
    index_path: str
    supervisor: Path | None = None
    began: float = field(default_factory=time.monotonic)

    async def make(self) -> JsonObject:
        """Return the report, by which `status` is also the answer to `/ready`."""
        providers, store = self.providers(), await self.store()
        programs = _read(self.supervisor) if self.supervisor else {}
        warnings = [
            *(warning for health in providers.values() for warning in health.warnings),
            *_trouble(store),
            *_restarts(programs),
        ]
        report: JsonObject = {
            "status": _status(providers, warnings),
            "version": __version__,
            "uptime_s": round(time.monotonic() - self.began, 1),
            "providers": {service: _show(health) for service, health in providers.items()},
            "store": asdict(store),
            # Documents cannot be taken in yet, so there are none.
            "rag": {"index_path": self.index_path, "documents": 0, "passages": 0, "embedding_model": None},
            "warnings": warnings,
        }
        return report | ({"services": programs} if programs else {})


def health_routes(report: HealthReport) -> APIRouter:
    """Return the routes."""
    router = APIRouter()

    @router.api_route("/health", methods=["GET", "HEAD"], response_model=None)
    async def health() -> JSONResponse:
        return JSONResponse(await report.make())

    @router.api_route("/ready", methods=["GET", "HEAD"], response_model=None)
    async def ready() -> JSONResponse:
        made = await report.make()
        return JSONResponse(made, 503 if made["status"] == "unavailable" else 200)

    return router


def _status(providers: Mapping[Service, ProviderHealth], warnings: list[str]) -> str:
    if any(providers[service].serving == "none" for service in NEEDED):
        return "unavailable"
    return "degraded" if warnings or any(health.serving != "primary" for health in providers.values()) else "ok"


def _show(health: ProviderHealth) -> JsonObject:
    shown = asdict(health)
    del shown["warnings"]
    return shown


def _trouble(store: StoreHealth) -> list[str]:
    """Return a warning if nothing can be kept."""
    if store.state == "ready":
        return []
    return [f"store: {store.database} is down ({store.last_error}), conversations are not kept"]


def _read(file: Path) -> dict[str, dict[str, Any]]:
    try:
        services = json.loads(file.read_bytes())["services"]
        return {str(name): dict(state) for name, state in services.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("supervisor.unread", path=str(file), error=str(error))
        return {}


def _restarts(programs: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return a warning for each program that is being started again, or was a short time ago."""
    warnings = []
    for name, state in programs.items():
        last_exit, since = state.get("last_exit"), str(state.get("since", ""))
        if not state.get("restarts"):
            continue
        if state.get("state") != "ready":
            warnings.append(f"{name}: its program ended ({last_exit}) and is being started again since {since}")
        elif _is_recent(since):
            warnings.append(f"{name}: its program ended ({last_exit}) and was started again, ready since {since}")
    return warnings


def _is_recent(since: str) -> bool:
    try:
        return datetime.now(UTC) - datetime.fromisoformat(since) < RECENT
    except (ValueError, TypeError):  # no time, or one without its zone
        return False

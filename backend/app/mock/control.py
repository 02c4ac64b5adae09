"""`/mock/<service>` on every port: GET tells behaviour and counters, POST changes behaviour, DELETE restores it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Any

from pydantic import ValidationError

from app.mock.exchange import Exchange
from app.mock.service import Route, Service


def control_routes(services: Sequence[Service[Any]]) -> dict[tuple[str, str], Route]:
    """Routes by method and path for all services together: one can be changed through another's port."""
    routes = {("GET", "/mock"): Route(_tell_all(services), is_probe=True)}
    for service in services:
        path = f"/mock/{service.name}"
        routes["GET", path] = Route(_tell(service), is_probe=True)
        routes["POST", path] = Route(_change(service), is_probe=True)
        routes["DELETE", path] = Route(_restore(service), is_probe=True)
    return routes


def _state(service: Service[Any]) -> dict[str, Any]:
    return {"behaviour": service.behaviour.model_dump(), "counters": asdict(service.counters)}


def _tell_all(services: Sequence[Service[Any]]) -> Callable[[Exchange], Awaitable[None]]:
    async def answer(exchange: Exchange) -> None:
        await exchange.reply_json({service.name: _state(service) for service in services})

    return answer


def _tell(service: Service[Any]) -> Callable[[Exchange], Awaitable[None]]:
    async def answer(exchange: Exchange) -> None:
        await exchange.reply_json(_state(service))

    return answer


def _change(service: Service[Any]) -> Callable[[Exchange], Awaitable[None]]:
    async def answer(exchange: Exchange) -> None:
        try:
            changes = exchange.json()
            if not isinstance(changes, dict):
                raise TypeError("a JSON object is wanted")  # noqa: TRY301 the same answer as for broken JSON
            service.change(**changes)
        except ValidationError as error:
            await exchange.reply_json({"error": error.errors(include_url=False, include_context=False)}, 422)
        except (ValueError, TypeError) as error:
            await exchange.reply_json({"error": str(error)}, 400)
        else:
            await exchange.reply_json(_state(service))

    return answer


def _restore(service: Service[Any]) -> Callable[[Exchange], Awaitable[None]]:
    async def answer(exchange: Exchange) -> None:
        service.restore()
        await exchange.reply_json(_state(service))

    return answer

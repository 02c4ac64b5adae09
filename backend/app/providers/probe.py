"""What a model server says of itself when it is asked whether it is well."""

from dataclasses import dataclass
from typing import Any

from app.errors import ProviderRefused
from app.providers.http import HttpServer


@dataclass(frozen=True, slots=True)
class Said:
    """The server is up, this is the model it names, and whether it admits to being a mock."""

    model: str | None = None
    is_mock: bool = False


async def probe(server: HttpServer, health: str, models: str | None = None) -> Said:
    """Ask `health`, and `models` for the name of the first model if the protocol has such a list.

    Raises:
        ProviderError: it is not well.
    """
    reply = await server.get_json(health)
    is_mock = isinstance(reply, dict) and reply.get("is_mock") is True
    return Said(await _model_name(server, models) if models else None, is_mock)


async def _model_name(server: HttpServer, models: str) -> str | None:
    try:
        reply = await server.get_json(models)
    except ProviderRefused:
        return None  # no such list, or a key is wanted: serving does not depend on it
    match reply:
        case {"data": [{"id": str(name)}, *_]}:
            return name
    return None


def text_at(value: Any, *path: str) -> str:
    """Return the text at this path of a decoded JSON value, or nothing."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""

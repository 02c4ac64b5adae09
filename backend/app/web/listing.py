"""`/v1/voices` and `/v1/models`: what a client can ask for."""

from collections.abc import Callable

from fastapi import APIRouter

from app.ports import TextToSpeech
from app.wire.sent import JsonObject

REMEMBERED_S = 60.0  # a speaking Fish Speech answers nobody, and voices seldom change


class Voices:
    """The names of the voices, asked for at most once a minute.

    Args:
        tts: who knows them.
        clock: seconds that only grow.
    """

    def __init__(self, tts: TextToSpeech, clock: Callable[[], float]) -> None:
        self._tts, self._clock = tts, clock
        self._names: tuple[str, ...] = ()
        self._asked_at = float("-inf")

    async def list(self) -> tuple[str, ...]:
        """Return the names.

        Raises:
            ProviderError: they could not be had.
        """
        if self._clock() - self._asked_at > REMEMBERED_S:
            self._names = tuple(await self._tts.voices())
            self._asked_at = self._clock()
        return self._names


def listing_routes(voices: Voices, default_voice: str | None, model_name: Callable[[], str]) -> APIRouter:
    """Return the routes; `default_voice` None is the voice server's own choice."""
    router = APIRouter()

    @router.get("/v1/voices", response_model=None)
    async def list_voices() -> JsonObject:
        data = [{"id": name, "object": "voice"} for name in await voices.list()]
        return {"object": "list", "data": data, "default": default_voice}

    @router.get("/v1/models", response_model=None)
    async def list_models() -> JsonObject:
        model = {"id": model_name(), "object": "model", "created": 0, "owned_by": "kaiwa"}
        return {"object": "list", "data": [model]}

    return router

"""`/v1/voices/{id}/sample`: one sentence of each voice, to choose by. It is made when asked for, and remembered."""

import asyncio
import io
import wave
from collections import OrderedDict
from collections.abc import Callable
from http import HTTPStatus

import numpy as np
from fastapi import APIRouter
from starlette.responses import Response

from app.core.audio import EMPTY, Samples
from app.errors import ProviderTimeout, RequestError
from app.ports import TextToSpeech
from app.web.errors import Refused
from app.web.listing import Voices

SENTENCES = {"en": "Hello, this is how I sound.", "ja": "こんにちは。私の声はこんな感じです。"}
MOST = 32  # samples that are remembered, of a quarter of a megabyte each
REMEMBERED_S = 3600.0  # the operator may have given a voice another recording to clone
PATIENCE_S = 30.0


class VoiceSamples:
    """What the voices sound like. One sentence is made at a time, so that people who talk are answered in between.

    Args:
        tts: who speaks.
        voices: who there is.
        clock: seconds that only grow.
    """

    def __init__(self, tts: TextToSpeech, voices: Voices, clock: Callable[[], float]) -> None:
        self._tts, self._voices, self._clock = tts, voices, clock
        self._kept: OrderedDict[tuple[str, str], tuple[float, bytes]] = OrderedDict()
        self._turn = asyncio.Lock()

    async def sample(self, voice: str, language: str) -> bytes:
        """Return a WAV file.

        Raises:
            RequestError: there is no such voice, or no sentence in that language.
            ProviderError: it could not be made, or not in time.
        """
        if language not in SENTENCES:
            raise RequestError(f"Samples are in {' or '.join(SENTENCES)}.", param="language")
        if voice not in await self._voices.list():
            raise Refused(HTTPStatus.NOT_FOUND, f"There is no voice {voice!r}.", code="voice_not_found", param="id")
        try:
            async with asyncio.timeout(PATIENCE_S), self._turn:
                return self._remembered(voice, language) or await self._make(voice, language)
        except TimeoutError:
            raise ProviderTimeout("tts", f"no sample within {PATIENCE_S:.0f} s") from None

    def _remembered(self, voice: str, language: str) -> bytes | None:
        made_at, file = self._kept.get((voice, language), (float("-inf"), b""))
        return file if self._clock() - made_at < REMEMBERED_S else None

    async def _make(self, voice: str, language: str) -> bytes:
        chunks = [chunk async for chunk in self._tts.synthesize(SENTENCES[language], voice=voice)]
        file = _wav(np.concatenate([EMPTY, *chunks]), self._tts.sample_rate)
        self._kept[voice, language] = self._clock(), file
        self._kept.move_to_end((voice, language))
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return file


def sample_routes(samples: VoiceSamples) -> APIRouter:
    """Return the route."""
    router = APIRouter()

    @router.get("/v1/voices/{voice}/sample", response_model=None)
    async def sample(voice: str, language: str = "en") -> Response:
        return Response(await samples.sample(voice, language), media_type="audio/wav")

    return router


def _wav(samples: Samples, rate: int) -> bytes:
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2", copy=False).tobytes())
    return data.getvalue()

"""Client of Fish Speech: one sentence out, its sound back as it is made."""

import json
import time
from collections.abc import AsyncGenerator, Callable, Sequence

import numpy as np
import structlog
from pydantic_core import from_json

from app.core.audio import EMPTY, Samples
from app.errors import ProviderGarbled, RequestError
from app.providers.http import HttpServer
from app.providers.probe import Said, probe, text_at

VOICES_KEPT_S = 60.0
LONGEST_HEADER = 4096  # bytes of a WAV file before its samples
CANARY = "Hi."
UNKNOWN_VOICE = "unknown_voice"

log = structlog.get_logger()


class FishSpeech:
    """Text to speech at an endpoint such as http://tts:7007/v1/tts."""

    provider = "fish-speech"

    def __init__(
        self,
        server: HttpServer,
        *,
        sample_rate: int = 44_100,
        default_voice: str = "",
        is_fallback: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Speak to this server; its health and voices are asked beside the endpoint.

        Args:
            server: where it is.
            sample_rate: what its model makes, in Hz.
            default_voice: the voice when none is asked for; empty leaves the choice to the server.
            is_fallback: any voice is better than none: one it lacks is replaced by the server's own.
            clock: tells seconds.
        """
        self.server = server
        self.sample_rate = sample_rate
        self._default_voice = default_voice
        self._is_fallback = is_fallback
        self._clock = clock
        base = server.origin + server.path.rpartition("/")[0]
        self._health, self._list = f"{base}/health", f"{base}/references/list?format=json"
        self._voices: tuple[str, ...] = ()
        self._voices_until = float("-inf")

    async def synthesize(self, text: str, *, voice: str | None) -> AsyncGenerator[Samples, None]:
        """Synthesize as `TextToSpeech` says."""
        request = {"text": text, "format": "wav", "streaming": True, "use_memory_cache": "on"}
        if reference := await self._reference(voice):
            request["reference_id"] = reference
        headers = {"Content-Type": "application/json", "Accept": "audio/wav, application/json"}
        sound = Sound(self.sample_rate)
        async with self.server.open(
            "POST", self.server.endpoint, body=json.dumps(request).encode(), headers=headers, explain=_explain
        ) as answer:
            while piece := await answer.read():
                samples = sound.feed(piece)
                if samples.size:
                    yield samples
        sound.finish()

    async def voices(self) -> Sequence[str]:
        """List the voices as `TextToSpeech` says."""
        reply = await self.server.get_json(self._list)
        names = reply.get("reference_ids") if isinstance(reply, dict) else None
        if not isinstance(names, list):
            raise ProviderGarbled("tts", "the list of voices is not one")
        self._voices = tuple(str(name) for name in names)
        self._voices_until = self._clock() + VOICES_KEPT_S
        return self._voices

    async def probe(self) -> Said:
        """Ask what the server says of itself."""
        return await probe(self.server, self._health)

    async def canary(self) -> None:
        """Have one word spoken."""
        async for _ in self.synthesize(CANARY, voice=None):
            pass

    async def _reference(self, voice: str | None) -> str | None:
        """Return the `reference_id` to send. It is checked first: for an unknown one the real server draws a voice."""
        wanted = voice or self._default_voice
        if not wanted or await self._has(wanted):
            return wanted or None
        if voice is None or self._is_fallback:
            log.warning("provider.voice_missing", service="tts", endpoint=self.server.endpoint, voice=wanted)
            return None
        known = ", ".join(self._voices) or "none by name; leave it out for the default voice"
        raise RequestError(f"There is no voice {voice!r}. Voices: {known}.", code=UNKNOWN_VOICE, param="voice")

    async def _has(self, voice: str) -> bool:
        if self._clock() < self._voices_until and voice in self._voices:
            return True
        return voice in await self.voices()


class Sound:
    """Turns the body into samples: raw s16, whatever its type says, or (should that be mended) behind a WAV header."""

    def __init__(self, sample_rate: int) -> None:
        self._sample_rate = sample_rate
        self._rest = b""
        self._is_begun = False
        self._is_heard = False

    def feed(self, piece: bytes) -> Samples:
        """Return the samples that are now whole; a piece may end inside of one."""
        data = self._rest + piece if self._rest else piece
        if not self._is_begun:
            begin = self._begin(data)
            if begin is None:
                self._rest = data
                return EMPTY
            self._is_begun, data = True, data[begin:]
        whole = len(data) & ~1
        self._rest = data[whole:]
        self._is_heard = self._is_heard or whole > 0
        return np.frombuffer(data, "<i2", whole // 2)

    def finish(self) -> None:
        """Say that the body is over.

        Raises:
            ProviderGarbled: there was no sound in it, or it ended inside of a sample.
        """
        if not self._is_heard:
            raise ProviderGarbled("tts", "the answer has no sound")
        if self._rest:
            raise ProviderGarbled("tts", "the sound broke off inside of a sample")

    def _begin(self, data: bytes) -> int | None:
        """Return where the samples begin; None if more must be read to know."""
        if not data.startswith(b"RIFF"[: len(data)]):
            return 0
        at = data.find(b"data", 12)
        if at < 0 or len(data) < at + 8:
            if len(data) > LONGEST_HEADER:
                raise ProviderGarbled("tts", "a WAV header without end")
            return None
        rate = int.from_bytes(data[24:28], "little")
        if rate != self._sample_rate:
            raise ProviderGarbled("tts", f"the sound has {rate} Hz, TTS_SAMPLE_RATE says {self._sample_rate}")
        return at + 8


def _explain(_status: int, body: bytes) -> str:
    """Return what the body of an error says; of a validation error only where, for it quotes the text."""
    try:
        reply = from_json(body)
    except ValueError:
        return ""
    if isinstance(reply, list):
        places = [".".join(map(str, item.get("loc", ()))) for item in reply if isinstance(item, dict)]
        return f"invalid {', '.join(places)}"
    return text_at(reply, "message") or text_at(reply, "error")

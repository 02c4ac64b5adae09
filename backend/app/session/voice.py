"""Voicing the answer: sentences in order, one synthesis at a time, two finished ones waiting."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from app.core.audio import Samples
from app.core.heard import heard_text
from app.core.speakable import Speakable
from app.errors import ProviderError, RequestError
from app.ports import TextToSpeech
from app.session.tempo import Tempo

_CHUNKS = 64  # of one sentence; a sentence is some 80 characters, so this bounds seconds, not minutes
_MS_PER_CHARACTER = {"ja": 150, "en": 65}


@dataclass(slots=True)
class Spoken:
    """A sentence and its sound as it arrives; the queue ends with None, or with what went wrong."""

    text: str
    sound: asyncio.Queue[Samples | ProviderError | None] = field(default_factory=lambda: asyncio.Queue(_CHUNKS))


class Voice:
    """Speaks the sentences of one answer."""

    def __init__(self, tts: TextToSpeech, *, voice: str | None, language: str, speed: float = 1.0) -> None:
        self._tts = tts
        self._voice = voice
        self._speed = speed
        self._language = language
        self._speakable = Speakable(language)

    async def speak(self, spoken: Spoken) -> bool:
        """Fill the sentence's queue; return whether it was spoken to its end."""
        text = self._speakable.clean(spoken.text)
        try:
            if text:
                async with aclosing(self._stretched(text)) as sound:
                    async for samples in sound:
                        await spoken.sound.put(samples)
        except ProviderError as error:
            await spoken.sound.put(error)
            return False
        await spoken.sound.put(None)
        return True

    async def _stretched(self, text: str) -> AsyncGenerator[Samples, None]:
        tempo = Tempo(self._tts.sample_rate, self._speed)
        async with aclosing(self._sound(text)) as sound:
            async for samples in sound:
                if (now := tempo.push(samples)).size:
                    yield now
        if (rest := tempo.flush()).size:
            yield rest

    async def _sound(self, text: str) -> AsyncGenerator[Samples, None]:
        """Synthesize; when it breaks off in the middle, the rest comes from whoever answers then.

        A voice that has gone since the session chose it is replaced by the default one.
        """
        sent_ms = 0.0
        try:
            async with aclosing(self._tts.synthesize(text, voice=self._voice)) as sound:
                async for samples in sound:
                    sent_ms += samples.size * 1000 / self._tts.sample_rate
                    yield samples
        except RequestError:
            if self._voice is None:
                raise
            self._voice, rest = None, text
        except ProviderError:
            if not sent_ms:
                raise
            rest = self._unspoken(text, round(sent_ms))
        else:
            return
        if any(char.isalnum() for char in rest):
            async with aclosing(self._tts.synthesize(rest, voice=self._voice)) as sound:
                async for samples in sound:
                    yield samples

    def _unspoken(self, text: str, sent_ms: int) -> str:
        likely_ms = max(sent_ms, len(text) * _MS_PER_CHARACTER.get(self._language, 65))
        return text[len(heard_text(text, sent_ms, likely_ms)) :].strip()

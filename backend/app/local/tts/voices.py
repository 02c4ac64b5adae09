"""The voices this server can have, and the choice of one for each part of a text."""

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from app.local.resampling import Samples, resample
from app.local.tts import english
from app.local.tts.script import Language, split

log = logging.getLogger("kaiwa.local.tts")

RATE = 44_100
PAUSE_S = 0.2
JAPANESE_NAMES = ("jf_alpha", "jf_gongitsune", "jf_nezumi", "jf_tebukuro", "jm_kumo")
KNOWN = (english.NAME, *JAPANESE_NAMES)
SENTENCE_ENDS = tuple(".!?。！？…\n")


class Voice(Protocol):
    """Somebody who speaks one language."""

    language: Language
    rate: int

    def sentences(self, text: str) -> list[str]:
        """Cut `text` where the voice would breathe."""
        ...

    def speak(self, sentence: str, seed: int | None, /) -> Samples:
        """Return one sentence as mono samples at `rate`, empty if there is nothing to say."""
        ...


class UnknownVoiceError(Exception):
    """No voice has the name asked for."""


class NoVoiceError(Exception):
    """No voice speaks the language of the text."""


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence and who says it."""

    voice: Voice
    sentence: str
    seed: int | None

    def speak(self) -> Samples:
        """Return the sentence at `RATE`, with a pause behind it if it is a whole one; empty if it holds nothing."""
        samples = resample(self.voice.speak(self.sentence, self.seed), self.voice.rate, RATE)
        if not samples.size or not self.sentence.endswith(SENTENCE_ENDS):
            return samples
        return np.concatenate([samples, np.zeros(int(PAUSE_S * RATE), np.float32)])


class Choir:
    """The voices of this server by name; the first of each language speaks it unless another is asked for."""

    def __init__(self, voices: Mapping[str, Voice]) -> None:
        self._voices = voices
        self.names = tuple(voices)

    def assign(self, text: str, name: str | None, seed: int | None) -> list[Line]:
        """Give each sentence of `text` to a voice.

        The voice called `name` speaks its own language; what is in the other one is spoken by that one's first voice,
        since a voice that cannot read a script would skip it or make noise.
        """
        first: dict[Language, Voice] = {}
        for voice in ([self._find(name)] if name else []) + list(self._voices.values()):
            first.setdefault(voice.language, voice)
        pieces = split(text, next(iter(first)))
        if missing := {piece.language for piece in pieces} - set(first):
            if not any(piece.language in first for piece in pieces):
                raise NoVoiceError(f"no voice here speaks {', '.join(sorted(missing))}; voices: {self._list()}")
            log.warning("a part in %s is left out: no voice here speaks it", ", ".join(sorted(missing)))
        return [
            Line(first[piece.language], sentence, seed)
            for piece in pieces
            if piece.language in first
            for sentence in first[piece.language].sentences(piece.text)
        ]

    def _find(self, name: str) -> Voice:
        if name not in self._voices:
            raise UnknownVoiceError(f"no voice is called {name!r}; voices: {self._list()}")
        return self._voices[name]

    def _list(self) -> str:
        return ", ".join(self.names)


def load(names: Sequence[str], threads: int, cache: Path) -> Choir:
    """Load and warm the voices called `names`; `cache` is where the Japanese model is put together once."""
    os.environ.setdefault("KOKORO_JA_CACHE", str(cache))
    return Choir(dict(_load_each(names, threads)))


def _load_each(names: Sequence[str], threads: int) -> Iterator[tuple[str, Voice]]:
    kokoro = None
    for name in names:
        if name == english.NAME:
            yield name, english.EnglishVoice(threads)
            continue
        # Only now: the Japanese voices take 330 MB, which an English-only server need not have.
        from app.local.tts.japanese import JapaneseVoice, Kokoro  # noqa: PLC0415 - see the line above

        if kokoro is None:
            kokoro = Kokoro(threads)
            JapaneseVoice(kokoro, name).speak("はい。", None)
        yield name, JapaneseVoice(kokoro, name)

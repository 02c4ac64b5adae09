"""Speech-like sound: a buzzing voice with moving pitch and vowels, in syllables, of the length the text would take.

It is made once per language and cut to length, so that a hundred requests at a time cost next to nothing.
"""

import io
import math
import re
import struct
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import soundfile

SAMPLE_RATE = 44_100
LOOP_SYLLABLES = 48
LOUDNESS = 0.35
HARMONICS = 24
FloatArray = npt.NDArray[np.float64]

KANA_OR_KANJI = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
KANJI = re.compile(r"[\u3400-\u9fff]")
SMALL_KANA = re.compile(r"[ゃゅょャュョぁぃぅぇぉァィゥェォ]")
# Japanese: 7 morae per second. English: 14 letters per second, three to a syllable.
MORAE_PER_S = 7.0
LETTERS_PER_S = 14.0
LETTERS_PER_SYLLABLE = 3.0
MORAE_PER_KANJI = 1.8
# First three formants of a, i, u, e, o in Hz.
VOWELS = np.array([[800, 1200, 2500], [300, 2300, 3000], [350, 1300, 2400], [500, 1900, 2600], [500, 900, 2500]])


def syllables_in(text: str) -> tuple[int, bool]:
    """How many syllables (or morae) the text takes, at least one, and whether it is Japanese."""
    said = [letter for letter in text if letter.isalnum() or letter.isspace() or letter == "ー"]
    if not KANA_OR_KANJI.search(text):
        return max(1, math.ceil(len(said) / LETTERS_PER_SYLLABLE)), False
    kanji = len(KANJI.findall(text))
    silent = len(SMALL_KANA.findall(text))
    return max(1, math.ceil(len(said) - kanji - silent + kanji * MORAE_PER_KANJI)), True


def speak(text: str) -> memoryview:
    """The sound of a text: s16le mono at 44.1 kHz. It begins with a loud sample and ends softly."""
    syllables, is_japanese = syllables_in(text)
    loop = _loop(is_japanese=is_japanese)
    size = len(loop) // LOOP_SYLLABLES * syllables
    if size <= len(loop):
        return loop[:size]
    return memoryview((bytes(loop) * math.ceil(size / len(loop)))[:size])


def wav_header(data_bytes: int) -> bytes:
    """The 44 bytes in front of s16le mono samples."""
    layout = struct.pack("<IHHIIHH", 16, 1, 1, SAMPLE_RATE, SAMPLE_RATE * 2, 2, 16)
    size, data = struct.pack("<I", 36 + data_bytes), struct.pack("<I", data_bytes)
    return b"RIFF" + size + b"WAVEfmt " + layout + b"data" + data


def as_mp3(sound: memoryview) -> bytes:
    """The same as an MP3 file."""
    file = io.BytesIO()
    soundfile.write(file, np.frombuffer(sound, np.int16), SAMPLE_RATE, format="MP3")
    return file.getvalue()


def warm_up() -> None:
    """Make the sounds now, so that the first request is as quick as the others."""
    _loop(is_japanese=False)
    _loop(is_japanese=True)


@lru_cache(maxsize=2)
def _loop(*, is_japanese: bool) -> memoryview:
    rate = MORAE_PER_S if is_japanese else LETTERS_PER_S / LETTERS_PER_SYLLABLE
    samples = round(SAMPLE_RATE / rate)
    seconds = np.arange(samples * LOOP_SYLLABLES) / SAMPLE_RATE
    melody = 1 + 0.12 * np.sin(2 * np.pi * 0.4 * seconds) + 0.02 * np.sin(2 * np.pi * 5 * seconds)
    pitch_hz = (190 if is_japanese else 130) * melody
    # Cosines from phase 0: the very first sample is a peak, which is where a listener's clock stops.
    phase = 2 * np.pi * np.cumsum(pitch_hz) / SAMPLE_RATE
    vowels = VOWELS[np.random.default_rng(1).integers(0, len(VOWELS), LOOP_SYLLABLES)]
    pieces = []
    for number, formants in enumerate(vowels):
        part = slice(number * samples, (number + 1) * samples)
        piece = _vowel(phase[part], pitch_hz[part].mean(), formants) * _loudness(samples, rises=number > 0)
        pieces.append(piece / np.abs(piece).max())
    return memoryview((np.concatenate(pieces) * LOUDNESS * 32767).astype("<i2").tobytes())


def _vowel(phase: FloatArray, pitch_hz: float, formants: FloatArray) -> FloatArray:
    """Harmonics of the pitch, each as loud as it is near to a formant."""
    harmonics = np.arange(1, HARMONICS + 1)
    distance = (harmonics[:, None] * pitch_hz - formants) / (60 + 0.06 * formants)
    strength = (1 / (1 + distance**2)).sum(axis=1) / np.sqrt(harmonics)
    return np.asarray(strength @ np.cos(np.outer(harmonics, phase)))


def _loudness(samples: int, *, rises: bool) -> FloatArray:
    """Over one syllable: soon there (or at once, if it does not rise), held, and down to a tenth before the next."""
    place = np.linspace(0, 1, samples)
    fall = np.clip((1 - place) / 0.35, 0, 1)
    return 0.1 + 0.9 * (np.minimum(np.clip(place / 0.1, 0, 1), fall) if rises else fall)

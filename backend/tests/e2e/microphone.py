"""Recordings for the browser's fake microphone: 48 kHz, 16 bit, with silence in front and behind."""

import wave
from pathlib import Path

import numpy as np

RATE = 48_000


def write_microphone(target: Path, speech: Path, *, before_s: float, after_s: float) -> Path:
    """Write `speech` (24 kHz mono) between silences, at twice the rate."""
    with wave.open(str(speech)) as source:
        assert source.getframerate() == RATE // 2
        samples = np.frombuffer(source.readframes(source.getnframes()), np.int16)
    times = np.arange(2 * samples.size) / 2
    doubled = np.interp(times, np.arange(samples.size), samples).astype(np.int16)
    silences = [np.zeros(int(RATE * seconds), np.int16) for seconds in (before_s, after_s)]
    with wave.open(str(target), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.concatenate([silences[0], doubled, silences[1]]).tobytes())
    return target

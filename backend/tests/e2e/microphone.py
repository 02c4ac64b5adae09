"""Recordings for the browser's fake microphone: real speech between silences, 48 kHz, 16 bit."""

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

RATE = 48_000
Samples = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Part:
    """Some seconds of a recording."""

    recording: Path
    from_s: float
    to_s: float


def compose(target: Path, pieces: Sequence[float | Path | Part]) -> Path:
    """Write recordings (24 kHz mono), parts of them and silences (seconds) one behind the other."""
    with wave.open(str(target), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.concatenate([_samples_of(piece) for piece in pieces]).tobytes())
    return target


def _samples_of(piece: float | Path | Part) -> Samples:
    if isinstance(piece, Part):
        return _read(piece.recording)[int(piece.from_s * RATE) : int(piece.to_s * RATE)]
    if isinstance(piece, Path):
        return _read(piece)
    return np.zeros(int(RATE * piece), np.int16)


def _read(recording: Path) -> Samples:
    """Read a recording at twice its rate."""
    with wave.open(str(recording)) as source:
        assert source.getframerate() == RATE // 2
        samples = np.frombuffer(source.readframes(source.getnframes()), np.int16)
    times = np.arange(2 * samples.size) / 2
    return np.interp(times, np.arange(samples.size), samples).astype(np.int16)

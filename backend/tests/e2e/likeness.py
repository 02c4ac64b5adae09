"""Whether a sound holds a recording, however loud, and with whatever before and behind it."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

STEP_S = 0.02
Floats = npt.NDArray[np.float64]


def likeness(sound: npt.NDArray[np.float32], rate: int, recording: Path) -> float:
    """Return how well the rising and falling of a recording fits the best place in `sound`: 1 is exactly."""
    wanted = _loudness(*soundfile.read(recording, dtype="float32"))
    wanted = wanted[np.flatnonzero(wanted > wanted.max() / 50)[0] :]  # what is silent fits everywhere
    wanted = wanted[: np.flatnonzero(wanted > wanted.max() / 50)[-1] + 1]
    found = _loudness(sound, rate)
    found = np.pad(found, wanted.size)  # a part of it may be missing
    windows = np.lib.stride_tricks.sliding_window_view(found, wanted.size)
    norms = np.linalg.norm(windows, axis=1) * np.linalg.norm(wanted)
    return float(np.max(windows @ wanted / np.maximum(norms, 1e-9)))


def _loudness(samples: npt.NDArray[np.float32], rate: int) -> Floats:
    step = int(rate * STEP_S)
    whole = samples[: samples.size // step * step].reshape(-1, step)
    return np.asarray(np.sqrt(np.mean(whole.astype(np.float64) ** 2, axis=1)))

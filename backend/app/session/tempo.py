"""Speech made faster or slower at the same pitch, while it comes in."""

from typing import Any

import numpy as np
from libsonic import SonicStream

from app.core.audio import EMPTY, Samples

_FULL_SCALE = 32_768


class Tempo:
    """Stretches the sound of one sentence; it lags some 30 ms. At speed 1 the sound is left as it is.

    Args:
        rate: samples per second.
        speed: how many times as fast.
    """

    def __init__(self, rate: int, speed: float) -> None:
        self._stream: Any = None if speed == 1 else SonicStream(rate, 1)
        if self._stream:
            self._stream.set_speed(speed)

    def push(self, samples: Samples) -> Samples:
        """Return what can be said after these samples."""
        if self._stream is None:
            return samples
        self._stream.write(samples / np.float32(_FULL_SCALE))
        return self._read()

    def flush(self) -> Samples:
        """Return the rest."""
        if self._stream is None:
            return EMPTY
        self._stream.flush()
        return self._read()

    def _read(self) -> Samples:
        stretched = np.asarray(self._stream.read(self._stream.available_frames()), np.float32) * _FULL_SCALE
        return np.clip(np.rint(stretched), -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)

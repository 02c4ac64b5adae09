"""Changing the sampling rate of a whole recording: a polyphase low-pass filter written as one matrix product.

With the rates in the ratio up:down, every block of `down` input samples (and its neighbours) gives `up` output
samples, always by the same weights: a Kaiser-windowed sinc, about 80 dB down beyond the lower Nyquist rate.
"""

from fractions import Fraction
from functools import cache

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]

_ZERO_CROSSINGS = 24  # on either side; sets how steep the filter is
_BETA = 8.0  # Kaiser window: about 80 dB
_ROLLOFF = 0.95  # the pass band ends a little below Nyquist, where the slope begins
_FINEST = 1000  # odd pairs of rates are rounded to such a ratio: an error of pitch below one in a million


@cache
def _weights(up: int, down: int) -> tuple[Samples, int]:
    """Return the matrix [reach + down + reach, up] and `reach`, the neighbours needed on either side."""
    cutoff = _ROLLOFF * min(1.0, up / down)  # in units of the input's Nyquist rate
    half_width = _ZERO_CROSSINGS / cutoff
    reach = int(np.ceil(half_width))
    wanted = np.arange(up) * down / up
    distance = wanted[None, :] - (np.arange(reach + down + reach) - reach)[:, None]
    window = np.i0(_BETA * np.sqrt(np.clip(1 - (distance / half_width) ** 2, 0, 1))) / np.i0(_BETA)
    taps = np.where(np.abs(distance) < half_width, cutoff * np.sinc(cutoff * distance) * window, 0.0)
    return (taps / taps.sum(axis=0, keepdims=True)).astype(np.float32), reach


def resample(samples: Samples, rate: int, wanted_rate: int) -> Samples:
    """Return mono `samples` at `wanted_rate`; the length is rounded up, nothing is delayed."""
    if rate == wanted_rate or not samples.size:
        return samples
    ratio = Fraction(wanted_rate, rate).limit_denominator(_FINEST)
    up, down = ratio.numerator, ratio.denominator
    weights, reach = _weights(up, down)
    blocks = -(-samples.size // down)
    padded = np.zeros(reach + blocks * down + reach, np.float32)
    padded[reach : reach + samples.size] = samples
    windows = np.lib.stride_tricks.sliding_window_view(padded, reach + down + reach)[::down]
    out: Samples = (windows @ weights).reshape(-1)
    return out[: -(-samples.size * up // down)]

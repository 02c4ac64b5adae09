"""Sound as numbers: samples, frames, resampling, G.711. Everything is mono s16 unless a name says otherwise."""

from fractions import Fraction
from functools import cache
from math import ceil

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]
"""Mono signed 16-bit samples, shape (n,)."""

FRAME_SAMPLES = 512
FRAME_RATE = 16_000
FRAME_MS = 32
"""A frame is 512 samples at 16 kHz: what Silero takes."""

_FULL_SCALE = 32_768.0
_HALF_TAPS = 16  # samples on either side, at the lower of the two rates
_SILENCE_DBFS = -120.0
EMPTY: Samples = np.zeros(0, np.int16)


def energy_dbfs(samples: Samples) -> float:
    """Return the root mean square in dB relative to full scale; -120 for digital silence or nothing."""
    if not samples.size:
        return _SILENCE_DBFS
    rms = float(np.sqrt(np.mean(np.square(samples.astype(np.float64)))))
    return max(_SILENCE_DBFS, 20.0 * float(np.log10(max(rms, 1e-9) / _FULL_SCALE)))


class Resampler:
    """Streaming polyphase resampler with a short filter.

    The quality of a studio resampler costs 21 ms of lag in streaming use; speech does not need it. This one lags
    16 samples of the lower rate (1 ms at 16 kHz), and up to one block: 3 input samples from 24 to 16 kHz, 3 ms from
    44.1 to 24 kHz. Chunks of any size may be pushed; the joined output does not depend on how they were cut.
    """

    def __init__(self, rate_in: int, rate_out: int) -> None:
        ratio = Fraction(rate_out, rate_in)
        self._up, self._down = ratio.numerator, ratio.denominator
        self._half = ceil(_HALF_TAPS * max(1.0, self._down / self._up))
        self._bank = _filter_bank(self._up, self._down, self._half)
        self._start()

    @property
    def look_ahead(self) -> int:
        """How many input samples behind a place are needed to say all that lies before it."""
        return self._half + 1

    def _start(self) -> None:
        self._past: npt.NDArray[np.float32] = np.zeros(self._half - 1, np.float32)
        self._owed = 0  # what came in, less what went out, in units of 1/up input samples

    def push(self, samples: Samples) -> Samples:
        """Return what can be said after these samples; shape (about n * rate_out / rate_in,)."""
        if self._up == self._down:
            return samples
        self._owed += samples.size * self._up
        width = self._bank.shape[0]
        x = np.concatenate((self._past, samples), dtype=np.float32)
        blocks = (x.size - width) // self._down + 1 if x.size >= width else 0
        self._past = x[blocks * self._down :]
        windows = np.ndarray((blocks, width), np.float32, x, 0, (self._down * x.itemsize, x.itemsize))
        out = (windows @ self._bank).ravel()
        self._owed -= out.size * self._down
        np.rint(out, out=out)
        np.maximum(out, -32_768, out=out)
        np.minimum(out, 32_767, out=out)
        return out.astype(np.int16)

    def flush(self) -> Samples:
        """Return what the filter still holds; the resampler starts anew."""
        if self._up == self._down:
            return EMPTY
        owed = ceil(self._owed / self._down)
        tail = self.push(np.zeros(self._bank.shape[0] + self._down, np.int16))[: max(0, owed)]
        self._start()
        return tail


@cache
def _filter_bank(up: int, down: int, half: int) -> npt.NDArray[np.float32]:
    """Return windowed-sinc coefficients, shape (inputs, up): how `down` new inputs become `up` outputs."""
    cutoff = min(1.0, up / down) * 0.94  # of the input's Nyquist frequency; the rest is the transition
    at = np.arange(up) * down / up  # where the outputs lie, in input samples from the block's first
    time = np.arange(2 * half + down)[:, None] - (half - 1) - at[None, :]
    window = np.kaiser(2 * half * 64 + 1, 7.0)
    shape = np.interp(time / half, np.linspace(-1.0, 1.0, window.size), window, left=0.0, right=0.0)
    bank = cutoff * np.sinc(cutoff * time) * shape
    return np.asarray(bank / bank.sum(axis=0, keepdims=True), np.float32)


class Reframer:
    """Cuts a stream of 16 kHz samples of any chunk size into frames."""

    def __init__(self) -> None:
        self._rest: Samples = EMPTY

    def push(self, samples: Samples) -> list[Samples]:
        """Return the frames that are now whole."""
        joined = np.concatenate((self._rest, samples)) if self._rest.size else samples
        whole = joined.size // FRAME_SAMPLES * FRAME_SAMPLES
        self._rest = joined[whole:]
        return [joined[i : i + FRAME_SAMPLES] for i in range(0, whole, FRAME_SAMPLES)]

    def flush(self) -> list[Samples]:
        """Return the last frame, padded with silence, if anything is left."""
        rest, self._rest = self._rest, EMPTY
        return [np.concatenate((rest, np.zeros(FRAME_SAMPLES - rest.size, np.int16)))] if rest.size else []


def _ulaw_table() -> Samples:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = (((code & 0x0F) << 3) + 0x84 << ((code & 0x70) >> 4)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _alaw_table() -> Samples:
    code = np.arange(256, dtype=np.int32) ^ 0x55
    exponent, mantissa = (code & 0x70) >> 4, (code & 0x0F) << 4
    magnitude = np.where(exponent == 0, mantissa + 8, mantissa + 0x108 << np.maximum(exponent - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


_DECODE = {"audio/pcmu": _ulaw_table(), "audio/pcma": _alaw_table()}


def _encode_table(decode: Samples) -> npt.NDArray[np.uint8]:
    """Return the nearest code for every 16-bit sample, shape (65536,), indexed by the sample seen as uint16."""
    order = np.argsort(decode, kind="stable")
    levels = decode[order].astype(np.int32)
    middles = (levels[1:] + levels[:-1]) / 2
    every = np.arange(65_536, dtype=np.uint16).view(np.int16).astype(np.int32)
    return np.asarray(order[np.searchsorted(middles, every, side="right")], np.uint8)


_ENCODE = {name: _encode_table(table) for name, table in _DECODE.items()}


def from_g711(data: bytes, format_name: str) -> Samples:
    """Decode `audio/pcmu` or `audio/pcma` bytes, one sample a byte at 8 kHz."""
    return _DECODE[format_name][np.frombuffer(data, np.uint8)]


def to_g711(samples: Samples, format_name: str) -> bytes:
    """Encode to `audio/pcmu` or `audio/pcma`."""
    return _ENCODE[format_name][samples.view(np.uint16)].tobytes()

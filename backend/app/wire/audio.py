"""Sound on the wire: base64 in the client's format on one side, samples on the other."""

import binascii
from typing import Literal

import numpy as np

from app.core.audio import EMPTY, FRAME_RATE, Resampler, Samples, from_g711, to_g711
from app.errors import RequestError

FormatName = Literal["audio/pcm", "audio/pcmu", "audio/pcma"]
RATES: dict[FormatName, int] = {"audio/pcm": 24_000, "audio/pcmu": 8_000, "audio/pcma": 8_000}
"""Samples per second of each format."""
BYTES_PER_MS: dict[FormatName, int] = {"audio/pcm": 48, "audio/pcmu": 8, "audio/pcma": 8}
APPEND_LIMIT_BYTES = 15 * 1024 * 1024
_PIECE_SAMPLES = 24_000
_LIMIT_CHARACTERS = APPEND_LIMIT_BYTES // 3 * 4


class AudioDecoder:
    """Turns the client's base64 into 16 kHz samples, packet after packet of one stream.

    The stream begins with as much silence as the resampler looks ahead (1 ms at 24 kHz), so that 20 ms that come in
    go out as 20 ms at once. Otherwise each fifth frame would wait a whole packet for its last millisecond.
    """

    def __init__(self, format_name: FormatName) -> None:
        self._format = format_name
        self._resampler = Resampler(RATES[format_name], FRAME_RATE)
        self._resampler.push(np.zeros(self._resampler.look_ahead, np.int16))

    def decode(self, audio: str) -> Samples:
        """Return the samples that are now whole.

        Raises:
            RequestError: `invalid_audio`; nothing of the packet is taken.
        """
        data = _from_base64(audio)
        if self._format != "audio/pcm":
            return _resampled(self._resampler, from_g711(data, self._format))
        if len(data) % 2:
            raise _refusal("audio/pcm has two bytes to a sample; this packet has an odd number of bytes.")
        return _resampled(self._resampler, np.frombuffer(data, "<i2"))


class AudioEncoder:
    """Turns samples of the provider's rate into bytes of the client's format, one stream after the other."""

    def __init__(self, format_name: FormatName, rate_in: int) -> None:
        self._format = format_name
        self._resampler = Resampler(rate_in, RATES[format_name])

    def encode(self, samples: Samples) -> bytes:
        """Return what can be said after these samples."""
        return self._bytes(_resampled(self._resampler, samples))

    def flush(self) -> bytes:
        """Return what the resampler still holds; the next samples begin a new stream."""
        return self._bytes(self._resampler.flush())

    def _bytes(self, samples: Samples) -> bytes:
        return (
            samples.astype("<i2", copy=False).tobytes()
            if self._format == "audio/pcm"
            else to_g711(samples, self._format)
        )


def to_base64(data: bytes) -> str:
    """Return base64 text without line breaks."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def _resampled(resampler: Resampler, samples: Samples) -> Samples:
    """Push in pieces: the resampler's windows take sixty times the memory of what it is given at once."""
    starts = range(0, samples.size, _PIECE_SAMPLES)
    pieces = [resampler.push(samples[start : start + _PIECE_SAMPLES]) for start in starts]
    return np.concatenate(pieces) if len(pieces) > 1 else pieces[0] if pieces else EMPTY


def _from_base64(audio: str) -> bytes:
    if len(audio) > _LIMIT_CHARACTERS:
        raise _refusal("One append may hold at most 15 MiB of audio.")
    try:
        return binascii.a2b_base64(audio, strict_mode=True)
    except ValueError:  # binascii.Error is one; so is what text outside ASCII raises
        raise _refusal("The audio is not base64.") from None


def _refusal(message: str) -> RequestError:
    return RequestError(message, code="invalid_audio", param="audio")

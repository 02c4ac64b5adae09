"""Sound on the wire: base64 in the client's format on one side, samples on the other."""

import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from app.core.audio import EMPTY, FRAME_RATE, Resampler, Samples, from_g711, to_g711
from app.wire import opus
from app.wire.opus_codec import ENCODED_RATE, OpusDecoder, OpusEncoder
from app.wire.refusals import invalid_audio

PlainName = Literal["audio/pcm", "audio/pcmu", "audio/pcma"]
FormatName = Literal[PlainName, "audio/opus"]
RATES: dict[FormatName, int] = {"audio/pcm": 24_000, "audio/pcmu": 8_000, "audio/pcma": 8_000, "audio/opus": 48_000}
"""Samples per second of each format, as the protocol has it."""
BYTES_PER_MS: dict[PlainName, int] = {"audio/pcm": 48, "audio/pcmu": 8, "audio/pcma": 8}
APPEND_LIMIT_BYTES = 15 * 1024 * 1024
DELTA_MS = 200
"""The longest piece of an answer's sound."""
_PIECE_SAMPLES = 24_000


@dataclass(frozen=True, slots=True)
class Parcel:
    """The sound of one append: looked through, not decoded yet.

    `decode` returns its 16 kHz samples, to be called once and in order. It raises a `RequestError`, `invalid_audio`, of
    Opus that is damaged; nothing of it is taken then.
    """

    ms: float
    decode: Callable[[], Samples]


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of an answer's sound, in the client's format."""

    data: bytes
    ms: float


class AudioDecoder:
    """Turns the client's base64 into 16 kHz samples, append after append of one stream."""

    def __init__(self, format_name: FormatName) -> None:
        self._codec: _PlainInput | _OpusInput
        self._codec = _OpusInput() if format_name == "audio/opus" else _PlainInput(format_name)

    def unpack(self, audio: str) -> Parcel:
        """Look through what came: how long it is shall be known before it costs anything.

        Raises:
            RequestError: `invalid_audio`; nothing of it is taken.
        """
        if len(audio) > self._codec.limit_bytes // 3 * 4:
            raise invalid_audio(self._codec.limit)
        try:
            data = binascii.a2b_base64(audio, strict_mode=True)
        except ValueError:  # binascii.Error is one; so is what text outside ASCII raises
            raise invalid_audio("The audio is not base64.") from None
        return self._codec.unpack(data)


class _PlainInput:
    """PCM and G.711.

    The stream begins with as much silence as the resampler looks ahead (1 ms at 24 kHz), so that 20 ms that come in
    go out as 20 ms at once. Otherwise each fifth frame would wait a whole packet for its last millisecond.
    """

    limit_bytes, limit = APPEND_LIMIT_BYTES, "One append may hold at most 15 MiB of audio."

    def __init__(self, format_name: PlainName) -> None:
        self._format: PlainName = format_name
        self._resampler = Resampler(RATES[format_name], FRAME_RATE)
        self._resampler.push(np.zeros(self._resampler.look_ahead, np.int16))

    def unpack(self, data: bytes) -> Parcel:
        if self._format == "audio/pcm" and len(data) % 2:
            raise invalid_audio("audio/pcm has two bytes to a sample; this append has an odd number of bytes.")
        return Parcel(len(data) / BYTES_PER_MS[self._format], lambda: self._decode(data))

    def _decode(self, data: bytes) -> Samples:
        is_pcm = self._format == "audio/pcm"
        return _resampled(self._resampler, np.frombuffer(data, "<i2") if is_pcm else from_g711(data, self._format))


class _OpusInput:
    """Opus, which decodes to 16 kHz by itself."""

    limit_bytes, limit = opus.MOST_BYTES, "One append may hold at most a minute of Opus."

    def __init__(self) -> None:
        self._decoder = OpusDecoder()

    def unpack(self, data: bytes) -> Parcel:
        packets = opus.split(data)
        self._decoder.check(packets)
        return Parcel(len(packets) * opus.PACKET_MS, lambda: self._decoder.decode(packets))


class AudioEncoder:
    """Turns the sentences of one answer, at the provider's rate, into pieces of the client's format.

    In Opus the sentences are one stream: what is less than a packet waits for the next one, or for the end.
    """

    def __init__(self, format_name: FormatName, rate_in: int) -> None:
        self._codec: _PlainOutput | _OpusOutput
        self._codec = _OpusOutput() if format_name == "audio/opus" else _PlainOutput(format_name)
        self._resampler = Resampler(rate_in, self._codec.rate)

    def encode(self, samples: Samples) -> list[Delta]:
        """Return what can be said after these samples."""
        return self._codec.encode(_resampled(self._resampler, samples))

    def flush(self) -> list[Delta]:
        """Return what the resampler still holds of a sentence."""
        return self._codec.encode(self._resampler.flush())

    def finish(self) -> list[Delta]:
        """Return what is left when the answer is over."""
        return self._codec.finish()

    def change_rate(self, rate_in: int) -> None:
        """Go on with sound of another rate."""
        self._resampler = Resampler(rate_in, self._codec.rate)


class _PlainOutput:
    """PCM and G.711: bytes of which each has its length."""

    def __init__(self, format_name: PlainName) -> None:
        self.rate = RATES[format_name]
        self._format: PlainName = format_name

    def encode(self, samples: Samples) -> list[Delta]:
        is_pcm = self._format == "audio/pcm"
        data = samples.astype("<i2", copy=False).tobytes() if is_pcm else to_g711(samples, self._format)
        per_ms = BYTES_PER_MS[self._format]
        parts = (data[at : at + DELTA_MS * per_ms] for at in range(0, len(data), DELTA_MS * per_ms))
        return [Delta(part, len(part) / per_ms) for part in parts]

    def finish(self) -> list[Delta]:
        return []


class _OpusOutput:
    """Opus: packets of which each has its length in time."""

    rate = ENCODED_RATE

    def __init__(self) -> None:
        self._encoder = OpusEncoder()

    def encode(self, samples: Samples) -> list[Delta]:
        return _together(self._encoder.encode(samples))

    def finish(self) -> list[Delta]:
        return _together(self._encoder.finish())


def _together(packets: list[bytes]) -> list[Delta]:
    most = DELTA_MS // opus.PACKET_MS
    groups = (packets[at : at + most] for at in range(0, len(packets), most))
    return [Delta(opus.join(group), len(group) * opus.PACKET_MS) for group in groups]


def to_base64(data: bytes) -> str:
    """Return base64 text without line breaks."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def _resampled(resampler: Resampler, samples: Samples) -> Samples:
    """Push in pieces: the resampler's windows take sixty times the memory of what it is given at once."""
    starts = range(0, samples.size, _PIECE_SAMPLES)
    pieces = [resampler.push(samples[start : start + _PIECE_SAMPLES]) for start in starts]
    return np.concatenate(pieces) if len(pieces) > 1 else pieces[0] if pieces else EMPTY

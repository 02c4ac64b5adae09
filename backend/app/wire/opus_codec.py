"""The Opus codec: one stream of packets each way, mono, 20 ms to a packet."""

import ctypes
from collections.abc import Iterator, Sequence

import numpy as np
import opuslib_next
from opuslib_next.api import decoder as libopus

from app.core.audio import EMPTY, FRAME_RATE, Samples
from app.wire.opus import PACKET_MS
from app.wire.refusals import invalid_audio

ENCODED_RATE = 24_000
"""What `OpusEncoder` takes, in Hz: the other side may decode to any rate."""
BITS_PER_S = 24_000
_COMPLEXITY = 5  # 0.11 ms of processor to a packet; 10 takes 0.15, and 0, which is audibly worse, 0.05
_CONCEALED = 5  # packets in a row that the decoder makes up; then it is silent, or the voice detector never rests
_DECODED_SAMPLES = FRAME_RATE * PACKET_MS // 1000
_ENCODED_SAMPLES = ENCODED_RATE * PACKET_MS // 1000
_SILENCE = bytes(2 * _DECODED_SAMPLES)


class OpusDecoder:
    """Turns packets into 16 kHz samples. What it refuses leaves it as it was."""

    def __init__(self) -> None:
        self._decoder = opuslib_next.Decoder(FRAME_RATE, 1)
        self._missing = 0  # packets in a row that were left out

    def check(self, packets: Sequence[bytes]) -> None:
        """Look at what the packets say of themselves.

        Raises:
            RequestError: `invalid_audio`; one is not mono, or not 20 ms long.
        """
        for packet in filter(None, packets):
            if libopus.packet_get_nb_channels(packet) != 1 or self._samples_of(packet) != _DECODED_SAMPLES:
                raise invalid_audio(f"Opus packets are mono and {PACKET_MS} ms long.")

    def decode(self, packets: Sequence[bytes]) -> Samples:
        """Return 20 ms for each packet.

        Raises:
            RequestError: `invalid_audio`; one is damaged, and none was taken.
        """
        # By libopus's manual a state is one piece of memory without pointers into it, so that a copy of it is whole.
        state, size = self._decoder.decoder_state, libopus.libopus_get_size(1)
        before, missing_before = ctypes.string_at(state, size), self._missing
        try:
            return np.frombuffer(b"".join(self._pieces(packets)), np.int16)
        except opuslib_next.OpusError:
            ctypes.memmove(state, before, size)
            self._missing = missing_before
            raise invalid_audio("An Opus packet is damaged.") from None

    def _samples_of(self, packet: bytes) -> int | None:
        try:
            return int(libopus.get_nb_samples(self._decoder.decoder_state, packet, len(packet)))
        except opuslib_next.OpusError:
            return None

    def _pieces(self, packets: Sequence[bytes]) -> Iterator[bytes]:
        for packet in packets:
            is_left_out = len(packet) <= 1  # one byte is what libopus gives for a packet that need not be sent
            self._missing = self._missing + 1 if is_left_out else 0
            yield _SILENCE if self._missing > _CONCEALED else self._decoder.decode(packet, _DECODED_SAMPLES)


class OpusEncoder:
    """Turns samples at `ENCODED_RATE` into the packets of one stream."""

    def __init__(self) -> None:
        self._encoder = opuslib_next.Encoder(ENCODED_RATE, 1, opuslib_next.APPLICATION_VOIP)
        self._encoder.bitrate, self._encoder.complexity = BITS_PER_S, _COMPLEXITY
        self._lag: Samples = np.zeros(self._encoder.lookahead, np.int16)
        self._rest: Samples = EMPTY
        self._is_behind = False  # whether the codec still holds the end of what it was given

    def encode(self, samples: Samples) -> list[bytes]:
        """Return the packets that are now whole."""
        joined = np.concatenate((self._rest, samples)) if self._rest.size else samples
        whole = joined.size // _ENCODED_SAMPLES * _ENCODED_SAMPLES
        self._rest = joined[whole:]
        self._is_behind = self._is_behind or joined.size > 0
        return [self._packet(joined[at : at + _ENCODED_SAMPLES]) for at in range(0, whole, _ENCODED_SAMPLES)]

    def finish(self) -> list[bytes]:
        """Return what is left, with silence behind it: enough for the codec, which lags 6.5 ms, to say all of it."""
        if not self._is_behind:
            return []
        missing = -(self._rest.size + self._lag.size) % _ENCODED_SAMPLES
        packets = self.encode(np.concatenate((self._lag, np.zeros(missing, np.int16))))
        self._is_behind = False
        return packets

    def _packet(self, samples: Samples) -> bytes:
        return bytes(self._encoder.encode(samples.tobytes(), _ENCODED_SAMPLES))

"""What a talker says, fixed before it begins: utterances and silence, as packets that are made once for all talkers."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.cli.bench.sound import WIRE_RATE, Voiced, find_voice
from app.cli.bench.talker import PACKET_MS, packets
from app.core.audio import Samples

GRID_MS = 160
"""Packets of 20 ms and frames of 32 ms begin together every 160 ms (5 frames, 8 packets)."""
GRID_SAMPLES = WIRE_RATE * GRID_MS // 1000


@dataclass(frozen=True, slots=True)
class Script:
    """A stream that can be said again and again."""

    packets: Sequence[bytes]
    utterances: Sequence[Voiced]

    @property
    def length_ms(self) -> int:
        """How long it takes; a multiple of `GRID_MS`."""
        return len(self.packets) * PACKET_MS

    def occurrences(self, first_ms: int, until_ms: float) -> Iterator[Voiced]:
        """Where the utterances lie for a talker that begins at `first_ms`, by its own clock, until `until_ms`."""
        begin_ms = -first_ms
        while begin_ms < until_ms:
            for each in self.utterances:
                said = Voiced(each.onset_ms + begin_ms, each.end_ms + begin_ms)
                if 0 < said.onset_ms < until_ms:
                    yield said
            begin_ms += self.length_ms


class Reading:
    """A microphone that hears one talker's reading of a script."""

    def __init__(self, script: Script, first_ms: int = 0) -> None:
        self._packets = script.packets
        self._next = first_ms // PACKET_MS % len(self._packets)

    def packet(self) -> bytes:
        """Return the next 20 ms."""
        packet = self._packets[self._next]
        self._next = (self._next + 1) % len(self._packets)
        return packet


def write(recordings: Sequence[Samples], gaps_ms: Sequence[float]) -> Script:
    """Put each recording behind its gap. Each is also shifted at random by up to 160 ms.

    Without the shift every utterance would end at the same place between two packets, and so wait equally long for
    the packet that completes the frame.

    Raises:
        ValueError: the recordings are not heard as one utterance each.
    """
    shifts = random.Random(1)  # noqa: S311 - the same script every time, no secret
    parts: list[Samples] = []
    for sound, gap_ms in zip(recordings, gaps_ms, strict=True):
        parts += [_silence(gap_ms + shifts.uniform(0, GRID_MS)), sound]
    spoken = np.concatenate(parts)
    stream = np.concatenate((spoken, np.zeros(-spoken.size % GRID_SAMPLES, np.int16)))
    found = find_voice(stream)
    if len(found) != len(recordings):
        raise ValueError(f"{len(recordings)} recordings are heard as {len(found)} utterances")
    return Script(packets(stream), found)


def _silence(length_ms: float) -> Samples:
    return np.zeros(round(length_ms * WIRE_RATE / 1000), np.int16)

"""Recorded speech as clients send it: 24 kHz, 16-bit, in packets."""

import wave
from collections.abc import Iterator
from pathlib import Path

DATA = Path(__file__).parents[1] / "data"
QUESTION = DATA / "question_en.wav"
BYTES_PER_MS = 48
PACKET_MS = 100
PAUSE_MS = 700  # more than the silence that ends an utterance


def recorded(file: Path) -> bytes:
    """The samples, and a pause after them."""
    with wave.open(str(file), "rb") as sound:
        return sound.readframes(sound.getnframes()) + bytes(PAUSE_MS * BYTES_PER_MS)


def in_two(sound: bytes) -> tuple[bytes, bytes]:
    """Cut it where the speaker has begun, and is sure to be heard, but is not done."""
    begin = 1500 * BYTES_PER_MS
    return sound[:begin], sound[begin:]


def packets(sound: bytes) -> Iterator[bytes]:
    """Cut it up as a microphone would."""
    step = PACKET_MS * BYTES_PER_MS
    for start in range(0, len(sound), step):
        yield sound[start : start + step]

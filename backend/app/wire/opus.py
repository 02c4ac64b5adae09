"""Opus in the client's messages: packets of 20 ms one behind the other, each with its length in front.

A length is 16 bits, unsigned, big-endian. 0 is 20 ms of silence that needed no packet (DTX).
"""

import struct
from collections.abc import Sequence

from app.wire.refusals import invalid_audio

PACKET_MS = 20
LONGEST_PACKET = 1275  # bytes, by RFC 6716
MOST_PACKETS = 60_000 // PACKET_MS  # of one message: a minute
_LENGTH = struct.Struct(">H")
MOST_BYTES = MOST_PACKETS * (_LENGTH.size + LONGEST_PACKET)
"""No message that is in order is longer."""


def split(data: bytes) -> list[bytes]:
    """Return the packets of one message; an empty one is silence.

    Raises:
        RequestError: `invalid_audio`; it ends inside of a packet, a packet is too long, or there are too many.
    """
    packets: list[bytes] = []
    at = 0
    while at < len(data):
        begin = at + _LENGTH.size
        if begin > len(data):
            raise invalid_audio("The message ends inside of a packet's length.")
        (size,) = _LENGTH.unpack_from(data, at)
        at = begin + size
        if size > LONGEST_PACKET:
            raise invalid_audio(f"An Opus packet has at most {LONGEST_PACKET} bytes.")
        if at > len(data):
            raise invalid_audio("The message ends inside of an Opus packet.")
        if len(packets) == MOST_PACKETS:
            raise invalid_audio("One message may hold at most a minute of Opus.")
        packets.append(data[begin:at])
    return packets


def join(packets: Sequence[bytes]) -> bytes:
    """Return the packets as one message has them."""
    return b"".join(_LENGTH.pack(len(packet)) + packet for packet in packets)

"""Packets in a message: what was joined is split again, and what is no row of packets is refused whole."""

import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import RequestError
from app.wire.opus import LONGEST_PACKET, MOST_BYTES, MOST_PACKETS, join, split

packets = st.lists(st.binary(max_size=LONGEST_PACKET), max_size=8)


@given(packets)
def test_what_was_joined_is_split_again(given_packets: list[bytes]) -> None:
    assert split(join(given_packets)) == given_packets


def test_the_length_is_16_bits_and_the_high_ones_come_first() -> None:
    assert join([b"x" * 258, b""]) == b"\x01\x02" + b"x" * 258 + b"\x00\x00"


@given(packets, st.data())
def test_a_message_cut_inside_of_a_packet_is_refused(given_packets: list[bytes], data: st.DataObject) -> None:
    whole = join(given_packets)
    at = data.draw(st.integers(0, len(whole)))
    ends = {len(join(given_packets[:count])) for count in range(len(given_packets) + 1)}
    if at in ends:
        assert join(split(whole[:at])) == whole[:at]
    else:
        with pytest.raises(RequestError, match="inside of") as caught:
            split(whole[:at])
        assert (caught.value.code, caught.value.param) == ("invalid_audio", "audio")


@given(st.binary(max_size=4000))
def test_bytes_of_any_kind_are_packets_or_refused(data: bytes) -> None:
    with suppress(RequestError):
        assert join(split(data)) == data


def test_a_packet_has_at_most_1275_bytes() -> None:
    assert split(join([bytes(LONGEST_PACKET)])) == [bytes(LONGEST_PACKET)]
    with pytest.raises(RequestError, match="at most 1275 bytes"):
        split(struct.pack(">H", LONGEST_PACKET + 1) + bytes(LONGEST_PACKET + 1))


def test_a_message_holds_at_most_a_minute() -> None:
    assert len(split(join([b""] * MOST_PACKETS))) == 3000
    with pytest.raises(RequestError, match="at most a minute"):
        split(join([b""] * (MOST_PACKETS + 1)))


def test_no_message_in_order_is_longer_than_the_limit_says() -> None:
    assert len(join([bytes(LONGEST_PACKET)] * MOST_PACKETS)) == MOST_BYTES

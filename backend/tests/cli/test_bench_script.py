import json

import numpy as np
import pytest

from app.cli.bench.script import GRID_MS, Reading, Script, write
from app.cli.bench.sound import Voiced, convert, recording
from app.cli.bench.talker import PACKET_MS, packets
from app.core.audio import FRAME_MS


@pytest.fixture(scope="module")
def script() -> Script:
    return write([recording("capital"), recording("stop")] * 3, [600.0] * 6)


def test_resampling_moves_nothing_in_time() -> None:
    click = np.zeros(24_000, np.int16)
    click[12_000] = 20_000
    assert int(np.argmax(convert(click, 24_000, 16_000))) == 8_000
    assert int(np.argmax(convert(click, 24_000, 44_100))) == 22_050


def test_every_recording_is_one_utterance_of_its_length(script: Script) -> None:
    assert len(script.utterances) == 6
    assert all(1000 < each.end_ms - each.onset_ms < 1700 for each in script.utterances)


def test_utterances_end_at_every_place_between_two_packets(script: Script) -> None:
    assert len({each.end_ms % PACKET_MS for each in script.utterances}) > 2
    assert all(each.end_ms % FRAME_MS == 0 for each in script.utterances)


def test_packets_hold_the_whole_stream(script: Script) -> None:
    assert script.length_ms % GRID_MS == 0
    assert script.length_ms > script.utterances[-1].end_ms


def test_a_packet_is_an_append_of_20_ms() -> None:
    (packet,) = packets(np.ones(480, np.int16))
    header, payload = packet[:8], packet[8:]
    assert header[:2] == b"\x81\xfe"
    assert json.loads(payload)["type"] == "input_audio_buffer.append"


def test_a_reading_begins_where_it_is_told_and_goes_round() -> None:
    reading = Reading(Script([b"0", b"1", b"2"], []), first_ms=40)
    assert [reading.packet() for _ in range(4)] == [b"2", b"0", b"1", b"2"]


def test_occurrences_are_counted_from_where_the_talker_begins() -> None:
    script = Script([b""] * 100, [Voiced(320, 640), Voiced(1280, 1600)])  # two seconds
    assert list(script.occurrences(640, 3000)) == [Voiced(640, 960), Voiced(1680, 2000), Voiced(2640, 2960)]

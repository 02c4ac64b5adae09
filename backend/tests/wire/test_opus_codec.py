"""Opus both ways: it sounds as it did, silence is silent, and whatever a client sends does no harm."""

import tracemalloc
from contextlib import suppress

import numpy as np
import opuslib_next
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.audio import FRAME_RATE, Samples, energy_dbfs
from app.errors import RequestError
from app.wire.opus import LONGEST_PACKET, MOST_PACKETS
from app.wire.opus_codec import ENCODED_RATE, OpusDecoder, OpusEncoder
from tests.wire.test_wire_audio import hertz_of, tone

PACKET_SAMPLES = 320
TWO_OF_10_MS, DAMAGED = b"\x01" + bytes(4), b"\x01" + bytes(3)  # two frames of equal length: one byte is missing


def packed(seconds: float = 1.0, rate: int = ENCODED_RATE, channels: int = 1, packet_ms: float = 20) -> list[bytes]:
    """A tone as another encoder packs it."""
    encoder = opuslib_next.Encoder(rate, channels, opuslib_next.APPLICATION_VOIP)
    sound = np.repeat(tone(rate, seconds), channels)
    size = round(rate * packet_ms / 1000)
    starts = range(0, sound.size, size * channels)
    return [encoder.encode(sound[at : at + size * channels].tobytes(), size) for at in starts]


def decoded(packets: list[bytes], decoder: OpusDecoder | None = None) -> Samples:
    decoder = decoder or OpusDecoder()
    decoder.check(packets)
    return decoder.decode(packets)


@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000, 48_000])
def test_a_tone_of_any_rate_is_a_tone_at_16_khz(rate: int) -> None:
    sound = decoded(packed(rate=rate))
    assert sound.size == FRAME_RATE
    assert hertz_of(sound, FRAME_RATE) == pytest.approx(440, abs=2)
    assert energy_dbfs(sound) == pytest.approx(energy_dbfs(tone(FRAME_RATE)), abs=1.5)


@given(st.lists(st.integers(0, 1500), max_size=20))
def test_however_the_sound_comes_the_packets_are_the_same(lengths: list[int]) -> None:
    sound = tone(ENCODED_RATE, 0.5)
    encoder, packets, at = OpusEncoder(), [], 0
    for length in [*lengths, sound.size]:
        packets += encoder.encode(sound[at : at + length])
        at += length
    whole = OpusEncoder()
    assert packets + encoder.finish() == whole.encode(sound) + whole.finish()


def test_a_packet_goes_out_as_soon_as_it_is_whole() -> None:
    encoder, half = OpusEncoder(), np.zeros(240, np.int16)
    assert [len(encoder.encode(half)) for _ in range(4)] == [0, 1, 0, 1]


@pytest.mark.parametrize("samples", [1, 240, 479, 480, 481, 4800, 4799])
def test_only_the_end_is_padded_and_all_of_the_sound_is_in_it(samples: int) -> None:
    encoder = OpusEncoder()
    sound = tone(ENCODED_RATE, 1)[:samples]
    packets = encoder.encode(sound) + encoder.finish()
    lag = 156  # samples at 24 kHz that the codec holds back
    assert len(packets) == -(-(samples + lag) // 480)
    assert encoder.finish() == []


def test_what_was_never_begun_ends_in_nothing() -> None:
    assert OpusEncoder().finish() == []


def test_speech_takes_about_24_kbit_a_second_at_most() -> None:
    noise = np.asarray(np.random.default_rng(1).normal(0, 3000, ENCODED_RATE * 4), np.int16)
    packets = OpusEncoder().encode(noise)
    assert sum(map(len, packets)) * 8 / 4 <= 26_000


@pytest.mark.parametrize("left_out", [b"", packed()[0][:1]])
def test_a_gap_is_concealed_and_a_longer_one_is_digital_silence(left_out: bytes) -> None:
    decoder = OpusDecoder()
    before = packed(0.4)
    decoded(before, decoder)
    gap = np.concatenate([decoded([left_out] * 3, decoder), decoded([left_out] * 47, decoder)])
    assert gap.size == 50 * PACKET_SAMPLES
    assert energy_dbfs(gap[:PACKET_SAMPLES]) > -40
    assert not gap[5 * PACKET_SAMPLES :].any()
    assert energy_dbfs(decoded(before, decoder)) > -20


def test_each_gap_is_concealed_anew() -> None:
    decoder = OpusDecoder()
    for _ in range(3):
        decoded(packed(0.4), decoder)
        assert decoded([b""], decoder).any()


@pytest.mark.parametrize("packet_ms", [2.5, 5, 10, 40, 60])
def test_packets_of_another_length_are_refused(packet_ms: float) -> None:
    with pytest.raises(RequestError, match="mono and 20 ms"):
        decoded(packed(0.12, packet_ms=packet_ms))


def test_stereo_is_refused() -> None:
    with pytest.raises(RequestError, match="mono and 20 ms"):
        decoded(packed(channels=2))


def test_two_frames_of_10_ms_are_20_ms() -> None:
    assert decoded([TWO_OF_10_MS]).size == PACKET_SAMPLES


def test_nothing_of_a_message_with_a_damaged_packet_is_taken() -> None:
    decoder, untouched = OpusDecoder(), OpusDecoder()
    first, rest = packed()[:20], packed()[20:]
    for each in (decoder, untouched):
        decoded([*first, b"", b""], each)
    with pytest.raises(RequestError, match="damaged") as caught:
        decoded([*rest[:5], b"", DAMAGED], decoder)
    assert caught.value.code == "invalid_audio"
    assert np.array_equal(decoded([b""] * 6, decoder), decoded([b""] * 6, untouched))
    assert np.array_equal(decoded(rest, decoder), decoded(rest, untouched))


hostile = st.lists(
    st.binary(max_size=60)
    | st.binary(min_size=1200, max_size=LONGEST_PACKET)
    | st.sampled_from([TWO_OF_10_MS, DAMAGED, b"", b"\x03", b"\x03\xff", *packed(0.1)])
    | st.builds(lambda config, rest: bytes([config << 3]) + rest, st.integers(0, 31), st.binary(max_size=200)),
    max_size=12,
)


@given(st.lists(hostile, max_size=6))
def test_whatever_comes_is_20_ms_a_packet_or_refused_and_the_stream_goes_on(messages: list[list[bytes]]) -> None:
    decoder, fed_what_was_taken = OpusDecoder(), OpusDecoder()
    for packets in messages:
        with suppress(RequestError):
            sound = decoded(packets, decoder)
            assert sound.size == len(packets) * PACKET_SAMPLES
            assert np.array_equal(sound, decoded(packets, fed_what_was_taken))
    assert np.array_equal(decoded(packed(0.2), decoder), decoded(packed(0.2), fed_what_was_taken))


def test_a_minute_in_one_message_takes_little_memory() -> None:
    packets = [*packed(1), *[b""] * (MOST_PACKETS - 50)]
    tracemalloc.start()
    assert decoded(packets).size == 60 * FRAME_RATE
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 4_000_000

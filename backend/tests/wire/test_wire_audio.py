"""Sound on the wire: strict base64, PCM and G.711 in packets of any length."""

import base64
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.audio import FRAME_RATE, Samples, from_g711, to_g711
from app.errors import RequestError
from app.wire.audio import (
    APPEND_LIMIT_BYTES,
    BYTES_PER_MS,
    RATES,
    AudioDecoder,
    AudioEncoder,
    Delta,
    PlainName,
    to_base64,
)

FORMATS: list[PlainName] = ["audio/pcm", "audio/pcmu", "audio/pcma"]


def tone(rate: int, seconds: float = 1.0, hertz: float = 440.0) -> Samples:
    return np.asarray(8000 * np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate), np.int16)


def as_bytes(samples: Samples, name: PlainName) -> bytes:
    return samples.astype("<i2").tobytes() if name == "audio/pcm" else to_g711(samples, name)


def decode(decoder: AudioDecoder, audio: str) -> Samples:
    return decoder.unpack(audio).decode()


def joined(*deltas: list[Delta]) -> bytes:
    return b"".join(delta.data for some in deltas for delta in some)


def hertz_of(samples: Samples, rate: int) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(samples.astype(float))))) * rate / samples.size


@pytest.mark.parametrize("name", FORMATS)
def test_a_tone_stays_a_tone_at_16_khz(name: PlainName) -> None:
    decoded = decode(AudioDecoder(name), to_base64(as_bytes(tone(RATES[name]), name)))
    assert decoded.dtype == np.int16
    assert abs(decoded.size - FRAME_RATE) < 64
    assert hertz_of(decoded, FRAME_RATE) == pytest.approx(440, abs=2)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("rate", [16_000, 22_050, 24_000, 44_100])
def test_a_voice_of_any_rate_becomes_the_clients_format(name: PlainName, rate: int) -> None:
    encoder = AudioEncoder(name, rate)
    data = joined(encoder.encode(tone(rate)), encoder.flush(), encoder.finish())
    assert len(data) / BYTES_PER_MS[name] == pytest.approx(1000, abs=3)
    heard = np.frombuffer(data, "<i2") if name == "audio/pcm" else from_g711(data, name)
    assert hertz_of(heard, RATES[name]) == pytest.approx(440, abs=2)


@given(st.lists(st.integers(0, 700), max_size=12), st.sampled_from(FORMATS))
def test_packets_join_without_a_seam(lengths: list[int], name: PlainName) -> None:
    sound = tone(RATES[name], 0.1)
    data, width = as_bytes(sound, name), 2 if name == "audio/pcm" else 1
    decoder, parts, at = AudioDecoder(name), [], 0
    for length in [*lengths, sound.size]:
        parts.append(decode(decoder, to_base64(data[at : at + length * width])))
        at += length * width
    together, whole = np.concatenate(parts), decode(AudioDecoder(name), to_base64(data))
    assert together.size == whole.size
    # Another number of rows is another order of sums in float32: a sample may be rounded the other way.
    assert np.abs(together.astype(int) - whole).max() <= 1


@pytest.mark.parametrize("name", FORMATS)
def test_each_packet_of_20_ms_goes_out_whole_at_once(name: PlainName) -> None:
    decoder = AudioDecoder(name)
    packet = to_base64(bytes(20 * BYTES_PER_MS[name]))

    assert [decode(decoder, packet).size for _ in range(5)] == [20 * FRAME_RATE // 1000] * 5


@given(st.binary(max_size=200))
def test_base64_is_standard_and_on_one_line(data: bytes) -> None:
    assert to_base64(data) == base64.b64encode(data).decode()


@pytest.mark.parametrize(
    "audio",
    [
        "AAA",
        "AA=A",
        "AAAA\n",
        " AAAA",
        "AA*A",
        "AAAA====",
        "\uff21" * 4,
        "AAAA\ud800",
        "AAAAé",
        "AAAA-_AA",
        "data:audio/wav;base64,AAAA",
    ],
)
def test_what_is_not_strictly_base64_is_refused(audio: str) -> None:
    with pytest.raises(RequestError) as caught:
        decode(AudioDecoder("audio/pcm"), audio)
    assert (caught.value.code, caught.value.param) == ("invalid_audio", "audio")


def test_an_odd_number_of_bytes_is_refused_and_leaves_the_stream_whole() -> None:
    decoder, untouched = AudioDecoder("audio/pcm"), AudioDecoder("audio/pcm")
    sound = to_base64(as_bytes(tone(24_000, 0.02), "audio/pcm"))
    decode(decoder, sound)
    decode(untouched, sound)
    with pytest.raises(RequestError, match="odd number of bytes"):
        decode(decoder, to_base64(b"abc"))
    assert np.array_equal(decode(decoder, sound), decode(untouched, sound))


def test_g711_may_have_an_odd_number_of_bytes() -> None:
    assert decode(AudioDecoder("audio/pcmu"), to_base64(bytes(161))).size > 0


def test_15_mib_are_the_most_one_append_may_hold() -> None:
    most = "A" * (APPEND_LIMIT_BYTES // 3 * 4)
    with pytest.raises(RequestError, match="15 MiB"):
        decode(AudioDecoder("audio/pcm"), most + "AAAA")


def test_a_minute_in_one_append_takes_little_memory_and_sounds_the_same() -> None:
    sound = to_base64(as_bytes(tone(24_000, 60), "audio/pcm"))
    decoder = AudioDecoder("audio/pcm")
    tracemalloc.start()
    decoded = decode(decoder, sound)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak_bytes < 20_000_000
    assert hertz_of(decoded, FRAME_RATE) == pytest.approx(440, abs=0.1)
    assert abs(decoded.size - 60 * FRAME_RATE) < 64


def test_nothing_decodes_to_nothing() -> None:
    assert decode(AudioDecoder("audio/pcm"), "").size == 0
    assert decode(AudioDecoder("audio/pcmu"), "").size == 0


def test_after_a_flush_a_new_stream_begins() -> None:
    encoder = AudioEncoder("audio/pcm", 44_100)
    first = joined(encoder.encode(tone(44_100, 0.1)), encoder.flush())
    second = joined(encoder.encode(tone(44_100, 0.1)), encoder.flush())
    assert first == second


def test_bytes_per_millisecond_follow_from_the_rates() -> None:
    assert {name: RATES[name] * (2 if name == "audio/pcm" else 1) // 1000 for name in FORMATS} == BYTES_PER_MS


@pytest.mark.parametrize("name", FORMATS)
def test_an_append_says_how_long_it_is_before_it_is_decoded(name: PlainName) -> None:
    assert AudioDecoder(name).unpack(to_base64(bytes(1250 * BYTES_PER_MS[name]))).ms == 1250


@pytest.mark.parametrize("name", FORMATS)
def test_an_answer_is_cut_into_pieces_of_200_ms_and_nothing_is_held_back(name: PlainName) -> None:
    encoder = AudioEncoder(name, RATES[name])
    deltas = encoder.encode(tone(RATES[name], 0.45))
    assert [delta.ms for delta in deltas] == [200, 200, 50]
    assert [len(delta.data) for delta in deltas] == [BYTES_PER_MS[name] * ms for ms in (200, 200, 50)]
    assert encoder.flush() + encoder.finish() == []

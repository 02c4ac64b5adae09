from itertools import pairwise
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.core.audio import (
    FRAME_SAMPLES,
    Reframer,
    Resampler,
    Samples,
    energy_dbfs,
    from_g711,
    to_g711,
)

RATES = [(24_000, 16_000), (16_000, 24_000), (8_000, 16_000), (44_100, 24_000), (22_050, 24_000), (24_000, 8_000)]
FORMATS = ["audio/pcmu", "audio/pcma"]
EVERY_CODE = bytes(range(256))
EVERY_SAMPLE = np.arange(-32_768, 32_768).astype(np.int16)


def tone(rate: int, hertz: float, seconds: float = 0.5, amplitude: float = 8_000) -> Samples:
    return np.rint(amplitude * np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate)).astype(np.int16)


def noise(size: int) -> Samples:
    return np.random.default_rng(1).integers(-32_768, 32_768, size).astype(np.int16)


def resampled(samples: Samples, rate_in: int, rate_out: int) -> Samples:
    resampler = Resampler(rate_in, rate_out)
    return np.concatenate((resampler.push(samples), resampler.flush()))


def middle(samples: Samples) -> Samples:
    """Return what is far from either end, where a tone begins and ends abruptly."""
    return samples[500:-500]


def level_db(samples: Samples, amplitude: float = 8_000) -> float:
    """Return the level relative to a tone of this amplitude."""
    return energy_dbfs(middle(samples)) - energy_dbfs(tone(48_000, 1_000, amplitude=amplitude))


# resampling


@pytest.mark.parametrize(("rate_in", "rate_out"), RATES)
def test_a_tone_comes_out_as_it_would_have_been_recorded(rate_in: int, rate_out: int) -> None:
    out = resampled(tone(rate_in, 440), rate_in, rate_out)
    expected = tone(rate_out, 440)
    assert out.dtype == np.int16
    assert out.size == expected.size
    assert np.abs(middle(out).astype(int) - middle(expected)).max() <= 4


@pytest.mark.parametrize(("rate_in", "rate_out"), RATES)
def test_what_speech_needs_passes_unchanged(rate_in: int, rate_out: int) -> None:
    highest = 0.8 * min(rate_in, rate_out) / 2
    assert level_db(resampled(tone(rate_in, highest), rate_in, rate_out)) == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize(("rate_in", "rate_out"), [rates for rates in RATES if rates[0] > rates[1]])
@pytest.mark.parametrize(("beyond", "at_most_db"), [(1.02, -20), (1.06, -45), (1.1, -70), (1.2, -75), (1.4, -75)])
def test_what_the_lower_rate_cannot_hold_is_gone(rate_in: int, rate_out: int, beyond: float, at_most_db: float) -> None:
    too_high = tone(rate_in, beyond * rate_out / 2)
    assert level_db(resampled(too_high, rate_in, rate_out)) < at_most_db


@pytest.mark.parametrize(("rate_in", "rate_out"), [rates for rates in RATES if rates[0] < rates[1]])
def test_the_higher_rate_gets_no_mirror_images(rate_in: int, rate_out: int) -> None:
    out = middle(resampled(tone(rate_in, 0.4 * rate_in), rate_in, rate_out))
    spectrum = np.abs(np.fft.rfft(out * np.hanning(out.size)))
    mirrored = np.fft.rfftfreq(out.size, 1 / rate_out) > rate_in / 2
    assert 20 * np.log10(spectrum[mirrored].max() / spectrum.max()) < -70


@pytest.mark.parametrize(("rate_in", "rate_out"), RATES)
def test_a_click_stays_where_it_was(rate_in: int, rate_out: int) -> None:
    click = np.zeros(rate_in // 10, np.int16)
    click[rate_in // 20] = 20_000
    assert np.argmax(resampled(click, rate_in, rate_out)) == pytest.approx(rate_out / 20, abs=1)


@pytest.mark.parametrize(("rate_in", "rate_out"), RATES)
@pytest.mark.parametrize("level", [32_767, -32_768])
def test_full_scale_is_clipped_and_never_turned_over(rate_in: int, rate_out: int, level: int) -> None:
    step = np.full(2_000, -1 - level, np.int16)
    step[1_000:] = level
    out = resampled(step, rate_in, rate_out)
    signs = np.sign(out[50:-50])
    assert np.count_nonzero(np.diff(signs[signs != 0])) == 1
    assert out[-150] == pytest.approx(level, abs=1)


@given(st.sampled_from(RATES), st.lists(st.integers(0, 700), max_size=12))
def test_how_a_stream_is_cut_does_not_matter(rates: tuple[int, int], sizes: list[int]) -> None:
    samples = noise(sum(sizes))
    whole = resampled(samples, *rates)
    resampler = Resampler(*rates)
    cuts = np.cumsum([0, *sizes])
    parts = [resampler.push(samples[start:end]) for start, end in pairwise(cuts)]
    joined = np.concatenate((*parts, resampler.flush()))
    assert joined.size == whole.size == ceil(samples.size * rates[1] / rates[0])
    # sums of floats: their order, and with it the last bit, may depend on how many are made at once
    assert np.abs(joined.astype(int) - whole).max(initial=0) <= 1


@pytest.mark.parametrize(
    ("rate_in", "rate_out", "longest_ms"),
    [(24_000, 16_000, 1.2), (16_000, 24_000, 1.2), (8_000, 16_000, 2.2), (24_000, 8_000, 2.2), (44_100, 24_000, 4.5)],
)
def test_lag(rate_in: int, rate_out: int, longest_ms: float) -> None:
    resampler = Resampler(rate_in, rate_out)
    came, went, lags = 0, 0, []
    for _ in range(100):
        came += rate_in // 100
        went += resampler.push(np.zeros(rate_in // 100, np.int16)).size
        lags.append(1000 * (came / rate_in - went / rate_out))
    assert 0 < max(lags) <= longest_ms


@pytest.mark.parametrize(("rate_in", "rate_out"), RATES)
def test_after_a_flush_a_new_stream_begins(rate_in: int, rate_out: int) -> None:
    resampler = Resampler(rate_in, rate_out)
    first = np.concatenate((resampler.push(noise(1_001)), resampler.flush()))
    assert resampler.flush().size == 0
    assert np.array_equal(np.concatenate((resampler.push(noise(1_001)), resampler.flush())), first)


def test_the_same_rate_passes_at_once() -> None:
    resampler = Resampler(24_000, 24_000)
    samples = noise(100)
    assert np.array_equal(resampler.push(samples), samples)
    assert resampler.flush().size == 0


# frames


@given(st.lists(st.integers(0, 1_500), max_size=10))
def test_frames_hold_the_whole_stream(sizes: list[int]) -> None:
    samples, reframer = noise(sum(sizes)), Reframer()
    cuts = np.cumsum([0, *sizes])
    frames = [frame for start, end in pairwise(cuts) for frame in reframer.push(samples[start:end])]
    assert len(frames) == samples.size // FRAME_SAMPLES
    frames += reframer.flush()
    assert all(frame.shape == (FRAME_SAMPLES,) and frame.dtype == np.int16 for frame in frames)
    joined = np.concatenate([np.zeros(0, np.int16), *frames])
    assert np.array_equal(joined[: samples.size], samples)
    assert not joined[samples.size :].any()
    assert reframer.flush() == []


def test_a_frame_comes_as_soon_as_it_is_whole() -> None:
    reframer = Reframer()
    assert [len(reframer.push(np.ones(size, np.int16))) for size in (511, 1, 1_023, 1)] == [0, 1, 1, 1]


# G.711, against the values of the recommendation's tables


@pytest.mark.parametrize(
    ("format_name", "code", "sample"),
    [
        ("audio/pcmu", 0xFF, 0),
        ("audio/pcmu", 0xFE, 8),
        ("audio/pcmu", 0xF0, 120),
        ("audio/pcmu", 0xEF, 132),
        ("audio/pcmu", 0x9F, 8_316),
        ("audio/pcmu", 0x8F, 16_764),
        ("audio/pcmu", 0x80, 32_124),
        ("audio/pcmu", 0x7E, -8),
        ("audio/pcmu", 0x00, -32_124),
        ("audio/pcma", 0xD5, 8),
        ("audio/pcma", 0xD4, 24),
        ("audio/pcma", 0xF0, 688),
        ("audio/pcma", 0x9F, 3_392),
        ("audio/pcma", 0x80, 5_504),
        ("audio/pcma", 0xAA, 32_256),
        ("audio/pcma", 0x55, -8),
        ("audio/pcma", 0x2A, -32_256),
    ],
)
def test_known_codes(format_name: str, code: int, sample: int) -> None:
    assert from_g711(bytes([code]), format_name).tolist() == [sample]
    assert to_g711(np.array([sample], np.int16), format_name) == bytes([code])


def test_the_second_zero_of_pcmu_is_read_and_never_written() -> None:
    assert from_g711(b"\x7f", "audio/pcmu").tolist() == [0]
    assert b"\x7f" not in to_g711(np.zeros(10, np.int16), "audio/pcmu")


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_code_survives_the_round_trip(format_name: str) -> None:
    decoded = from_g711(EVERY_CODE, format_name)
    again = to_g711(decoded, format_name)
    assert [code for code, back in zip(EVERY_CODE, again, strict=True) if code != back] == (
        [0x7F] if format_name == "audio/pcmu" else []
    )


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_sample_gets_the_nearest_code(format_name: str) -> None:
    out = from_g711(to_g711(EVERY_SAMPLE, format_name), format_name).astype(int)
    levels = from_g711(EVERY_CODE, format_name).astype(int)
    nearest = np.abs(EVERY_SAMPLE.astype(int)[:, None] - levels[None, :]).min(axis=1)
    assert np.array_equal(np.abs(out - EVERY_SAMPLE), nearest)
    assert (np.diff(out) >= 0).all()


@given(st.binary(max_size=100), st.sampled_from(FORMATS))
def test_one_sample_a_byte(data: bytes, format_name: str) -> None:
    decoded = from_g711(data, format_name)
    assert decoded.dtype == np.int16
    assert decoded.size == len(data)
    assert len(to_g711(decoded, format_name)) == len(data)


# loudness


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (np.zeros(0, np.int16), -120.0),
        (np.zeros(100, np.int16), -120.0),
        (np.full(100, -32_768, np.int16), 0.0),
        (np.array([16_384, -16_384] * 50, np.int16), -6.02),
        (tone(16_000, 440, amplitude=32_767), -3.01),
        (np.ones(100, np.int16), -90.31),
    ],
)
def test_energy(samples: Samples, expected: float) -> None:
    assert energy_dbfs(samples) == pytest.approx(expected, abs=0.01)


@given(arrays(np.int16, st.integers(0, 50)))
def test_energy_is_between_silence_and_full_scale(samples: Samples) -> None:
    assert -120.0 <= energy_dbfs(samples) <= 0.0

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.local.resampling import Samples, resample

EDGE = 400


def tone(hertz: float, rate: int, seconds: float = 1) -> Samples:
    return np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate).astype(np.float32)


@pytest.mark.parametrize(
    ("rate", "wanted"), [(24_000, 44_100), (24_000, 16_000), (44_100, 16_000), (48_000, 16_000), (8_000, 16_000)]
)
def test_a_tone_stays_the_same_tone_without_delay(rate: int, wanted: int) -> None:
    found = resample(tone(1000, rate), rate, wanted)
    assert found.size == wanted
    assert np.abs(found - tone(1000, wanted))[EDGE:-EDGE].max() < 1e-3


@pytest.mark.parametrize("rate", [24_000, 44_100, 48_000])
def test_what_the_new_rate_cannot_hold_is_removed_rather_than_folded_back(rate: int) -> None:
    assert np.abs(resample(tone(9500, rate), rate, 16_000))[EDGE:-EDGE].max() < 1e-3


def test_a_higher_rate_adds_no_image_of_the_sound() -> None:
    spectrum = np.abs(
        np.fft.rfft(resample(tone(3000, 24_000), 24_000, 44_100)[EDGE:-EDGE] * np.hanning(44_100 - 2 * EDGE))
    )
    above_old_nyquist = spectrum[int(len(spectrum) * 12_500 / 22_050) :]
    assert above_old_nyquist.max() < spectrum.max() * 1e-3


def test_the_same_rate_changes_nothing() -> None:
    sound = tone(1000, 16_000)
    assert resample(sound, 16_000, 16_000) is sound


@settings(max_examples=30)
@given(size=st.integers(0, 3000), rate=st.integers(4000, 96_000), wanted=st.just(16_000))
def test_any_rate_gives_the_length_that_lasts_as_long(size: int, rate: int, wanted: int) -> None:
    found = resample(np.ones(size, np.float32), rate, wanted)
    assert abs(found.size - size * wanted / rate) <= 1.01
    assert np.isfinite(found).all()

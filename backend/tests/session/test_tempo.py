"""Speech made faster or slower: its length changes, its pitch does not, and it comes as it is made."""

import numpy as np
import pytest

from app.core.audio import Samples, energy_dbfs
from app.session.tempo import Tempo

RATE = 44_100
CHUNK = RATE // 10
SPEEDS = [0.25, 0.5, 0.8, 1.2, 1.5]


def hum(seconds: float = 2.0, hertz: float = 220.0) -> Samples:
    """A tone with overtones, as a voice has them."""
    at = np.arange(round(RATE * seconds)) / RATE
    return np.asarray(sum(6000 / n * np.sin(2 * np.pi * n * hertz * at) for n in range(1, 6)), np.int16)


def hertz_of(samples: Samples) -> float:
    """The pitch, by autocorrelation of the middle: the first of the places where it is most like itself."""
    middle = samples[samples.size // 4 : samples.size // 4 + RATE // 4].astype(float)
    lags = range(RATE // 600, RATE // 40)
    likeness = np.array([middle[:-lag] @ middle[lag:] / (middle.size - lag) for lag in lags])
    is_peak = (likeness[1:-1] > likeness[:-2]) & (likeness[1:-1] >= likeness[2:])
    is_high = likeness[1:-1] > 0.9 * likeness.max()
    return RATE / lags[1 + int(np.argmax(is_peak & is_high))]


def pieces(sound: Samples, speed: float) -> list[Samples]:
    tempo = Tempo(RATE, speed)
    return [*(tempo.push(sound[at : at + CHUNK]) for at in range(0, sound.size, CHUNK)), tempo.flush()]


@pytest.mark.parametrize("speed", SPEEDS)
@pytest.mark.parametrize("hertz", [110.0, 220.0])
def test_the_length_changes_and_the_pitch_does_not(speed: float, hertz: float) -> None:
    stretched = np.concatenate(pieces(hum(hertz=hertz), speed))
    assert stretched.dtype == np.int16
    assert stretched.size / RATE == pytest.approx(2.0 / speed, rel=0.01)
    assert hertz_of(stretched) == pytest.approx(hertz, rel=0.03)
    assert energy_dbfs(stretched) == pytest.approx(energy_dbfs(hum(hertz=hertz)), abs=1)


@pytest.mark.parametrize("speed", SPEEDS)
def test_it_keeps_up_and_never_waits_for_the_end(speed: float) -> None:
    said_s = 0.0
    for number, piece in enumerate(pieces(hum(), speed)[:-1], start=1):
        said_s += piece.size / RATE
        assert said_s >= (number * 0.1 - 0.06) / speed


def test_at_its_own_speed_the_sound_is_left_alone() -> None:
    assert np.array_equal(np.concatenate(pieces(hum(), 1.0)), hum())


def test_the_loudest_sound_does_not_wrap_around() -> None:
    square = np.where(np.arange(RATE) // 100 % 2, 32_767, -32_768).astype(np.int16)
    stretched = np.concatenate(pieces(square, 0.7))
    assert energy_dbfs(stretched) > -1
    flips = np.abs(np.diff(stretched.astype(int))) > 40_000
    assert flips.sum() <= RATE / 0.7 / 100 + 2

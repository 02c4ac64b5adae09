import io

import numpy as np
import pytest
import soundfile

from app.local.stt.recording import UnreadableError, decode


def write(seconds: float, rate: int, channels: int = 1, form: str = "WAV") -> bytes:
    sound = 0.5 * np.sin(2 * np.pi * 440 * np.arange(int(rate * seconds)) / rate)
    file = io.BytesIO()
    soundfile.write(file, np.repeat(sound[:, None], channels, axis=1), rate, format=form)
    return file.getvalue()


@pytest.mark.parametrize("form", ["WAV", "FLAC", "OGG"])
@pytest.mark.parametrize(("rate", "channels"), [(16_000, 1), (24_000, 1), (48_000, 2), (8_000, 1)])
def test_any_rate_and_channels_become_sixteen_kilohertz_mono(form: str, rate: int, channels: int) -> None:
    samples = decode(write(1, rate, channels, form))
    assert samples.shape == (16_000,)
    assert samples.dtype == np.float32
    strongest = np.argmax(np.abs(np.fft.rfft(samples)))
    assert abs(strongest - 440) <= 1
    assert 0.4 < np.abs(samples[1000:-1000]).max() < 0.6


@pytest.mark.parametrize("upload", [b"", b"no sound", write(0, 16_000), write(1, 16_000)[:30]])
def test_what_holds_no_sound_is_refused(upload: bytes) -> None:
    with pytest.raises(UnreadableError):
        decode(upload)


def test_hours_in_a_few_bytes_are_refused_before_they_are_unpacked() -> None:
    file = io.BytesIO()
    soundfile.write(file, np.zeros(8000 * 1801, np.int16), 8000, format="FLAC")
    assert len(file.getvalue()) < 100_000
    with pytest.raises(UnreadableError):
        decode(file.getvalue())

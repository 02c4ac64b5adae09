"""Sound of the bench: recordings, an independent resampler, and where an offline pass of Silero hears a voice."""

import io
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import soundfile

from app.core.audio import FRAME_MS, FRAME_RATE, FRAME_SAMPLES, Samples
from app.providers.vad import load_silero

WIRE_RATE = 24_000
VOICED = 0.5
PAUSE_FRAMES = 16  # of silence end an utterance, as in the session that is measured


@dataclass(frozen=True, slots=True)
class Voiced:
    """An utterance in a stream: from the start of its first voiced frame to the end of its last one."""

    onset_ms: float
    end_ms: float


def recording(name: str) -> Samples:
    """Return one of the recordings that come with the bench, at 24 kHz."""
    return decode((files(__package__) / "sounds" / f"{name}.flac").read_bytes())


def decode(data: bytes) -> Samples:
    """Return the samples of a sound file, mono, at 24 kHz."""
    samples, rate = soundfile.read(io.BytesIO(data), dtype="int16", always_2d=True)
    return convert(np.asarray(samples[:, 0], np.int16), rate, WIRE_RATE)


def convert(samples: Samples, rate_in: int, rate_out: int) -> Samples:
    """Resample all at once and without any lag, by Fourier transform: it shares nothing with what is measured."""
    if rate_in == rate_out:
        return samples
    size = samples.size * rate_out // rate_in
    spectrum = np.fft.rfft(samples)
    kept = np.zeros(size // 2 + 1, spectrum.dtype)
    common = min(kept.size, spectrum.size)
    kept[:common] = spectrum[:common]
    sound = np.fft.irfft(kept, size) * (size / samples.size)
    return np.asarray(np.clip(np.rint(sound), -32_768, 32_767), np.int16)


def find_voice(stream: Samples) -> list[Voiced]:
    """Return the utterances in a stream of 24 kHz, its frames counted from the first sample."""
    sound = convert(stream, WIRE_RATE, FRAME_RATE)
    detector = load_silero()()
    whole = sound.size // FRAME_SAMPLES * FRAME_SAMPLES
    frames = sound[:whole].reshape(-1, FRAME_SAMPLES)
    voiced = [number for number, frame in enumerate(frames) if detector.probability(frame) >= VOICED]
    gaps = np.flatnonzero(np.diff(voiced) > PAUSE_FRAMES) + 1
    parts = np.split(np.asarray(voiced, np.int64), gaps)
    return [Voiced(float(part[0] * FRAME_MS), float((part[-1] + 1) * FRAME_MS)) for part in parts if part.size]

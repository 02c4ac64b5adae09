"""An uploaded recording as the samples that whisper takes: 16 kHz, mono."""

import io

import numpy as np
import soundfile

from app.local.resampling import Samples, resample

RATE = 16_000
MAX_SECONDS = 1800


class UnreadableError(Exception):
    """The upload is no recording that can be decoded, holds no sound, or is too long."""


def decode(upload: bytes) -> Samples:
    """Decode WAV, FLAC, Ogg or MP3 of any rate and number of channels."""
    try:
        with soundfile.SoundFile(io.BytesIO(upload)) as file:
            # A few compressed bytes can stand for hours: the length is looked at before anything is unpacked.
            if not 0 < file.frames <= MAX_SECONDS * file.samplerate:
                raise UnreadableError
            sound = file.read(dtype="float32", always_2d=True)
            rate = file.samplerate
    except soundfile.LibsndfileError as error:
        raise UnreadableError from error
    mono = sound[:, 0] if sound.shape[1] == 1 else sound.mean(axis=1)
    return resample(np.nan_to_num(mono, posinf=0, neginf=0), rate, RATE)

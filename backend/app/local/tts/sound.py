"""Samples as bytes: raw, WAV or MP3. Too loud samples are cut off rather than wrapped round."""

import io
from typing import Literal

import numpy as np
import soundfile

from app.local.resampling import Samples

MEDIA_TYPES = {"wav": "audio/wav", "mp3": "audio/mpeg"}


def to_pcm(samples: Samples) -> bytes:
    """Return little-endian 16-bit samples."""
    return (np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()


def to_file(samples: Samples, rate: int, form: Literal["wav", "mp3"]) -> bytes:
    """Return a whole file of that format."""
    file = io.BytesIO()
    subtype = {"wav": "PCM_16", "mp3": "MPEG_LAYER_III"}[form]
    soundfile.write(file, np.clip(samples, -1.0, 1.0), rate, format=form.upper(), subtype=subtype)
    return file.getvalue()

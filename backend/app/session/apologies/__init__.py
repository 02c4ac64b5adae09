"""The apology for when a part fails, kept as sound, since the voice may be what failed.

It was spoken once by the small voices of `app.local.tts`. hibari: "I am sorry, something went wrong. Please ask me
again." jf_alpha: 「申し訳ありません。問題が起きました。もう一度お願いします。」
"""

from pathlib import Path

import soundfile

from app.core.audio import Samples

APOLOGY_RATE = 24_000


def load_apologies() -> dict[str, Samples]:
    """Return mono samples at `APOLOGY_RATE` by language."""
    return {file.stem: _read(file) for file in sorted(Path(__file__).parent.glob("*.flac"))}


def _read(file: Path) -> Samples:
    samples, rate = soundfile.read(file, dtype="int16")
    if rate != APOLOGY_RATE or samples.ndim != 1:
        raise ValueError(f"{file.name} is not mono at {APOLOGY_RATE} Hz")
    return samples  # type: ignore[no-any-return]  # soundfile has no types

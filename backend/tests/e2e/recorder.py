"""What a page really played and really heard, on one clock: milliseconds of its `performance.now()`."""

import base64
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import soundfile
from playwright.sync_api import Page

SCRIPT = Path(__file__).parent / "recorder.js"
FLOOR = 10 ** (-50 / 20)  # what is quieter nobody hears
Way = Literal["played", "heard"]


@dataclass(frozen=True, slots=True)
class Track:
    """Sound, -1 to 1, and the time of its first sample. `latency_ms`: from there to the ear, as the browser says."""

    start_ms: float
    rate: int
    samples: npt.NDArray[np.float32]
    latency_ms: float

    def part(self, from_ms: float, to_ms: float = float("inf")) -> "Track":
        """Return what lies between two times; without the second, all from the first on."""
        first, last = (
            int(np.clip((at - self.start_ms) * self.rate / 1000, 0, self.samples.size)) for at in (from_ms, to_ms)
        )
        return Track(self.start_ms + first * 1000 / self.rate, self.rate, self.samples[first:last], self.latency_ms)

    def sounding(self, floor: float = FLOOR) -> npt.NDArray[np.float64]:
        """Return the times of all samples above the floor."""
        return self.start_ms + np.flatnonzero(np.abs(self.samples) > floor) * 1000.0 / self.rate

    def loudness(self, from_ms: float, to_ms: float) -> float:
        """Return the root mean square between two times."""
        return float(np.sqrt(np.mean(self.part(from_ms, to_ms).samples ** 2)))

    def wav(self) -> bytes:
        """Return it as a WAV file."""
        file = io.BytesIO()
        soundfile.write(file, self.samples, self.rate, format="WAV")
        return file.getvalue()


def take(page: Page, way: Way) -> list[Track]:
    """Return all that sounded so far, a track for each time that something was opened."""
    tracks = [_track(recording) for recording in page.evaluate("way => takeRecordings(way)", way)]
    return [track for track in tracks if track.sounding().size]


def _track(recording: dict[str, Any]) -> Track:
    """Lay the pieces end to end. They are told in bunches, so that the times of single ones are early or late."""
    rate = recording["rate"]
    before = np.cumsum([0, *recording["sizes"][:-1]])
    start_ms = float(np.median(np.array(recording["at"]) - before * 1000 / rate))
    samples = np.frombuffer(base64.b64decode(recording["sound"]), np.float32)
    return Track(start_ms, rate, samples, recording["latency"])

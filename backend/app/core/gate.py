"""The speech gate: from voice probabilities, frame by frame, to speech that starts, ends, or was nothing.

Time is counted in frames received. A suspicion becomes speech after enough voiced frames and is dismissed by silence;
speech ends after a silence, or when it reaches the longest allowed length.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from app.core.audio import EMPTY, FRAME_MS, Samples
from app.core.events import (
    EndDismissed,
    EndSuspected,
    SpeechDismissed,
    SpeechEnded,
    SpeechStarted,
    SpeechSuspected,
    Utterance,
)

GateEvent = SpeechSuspected | SpeechDismissed | SpeechStarted | EndSuspected | EndDismissed | SpeechEnded


@dataclass(frozen=True, slots=True)
class GateSettings:
    """All lengths in frames of 32 ms; `from_ms` rounds up to them."""

    threshold: float = 0.5
    min_speech: int = 6  # voiced frames that make a suspicion speech
    misfire: int = 8  # unvoiced frames in a row that dismiss a suspicion
    end_silence: int = 16
    suspect_end: int | None = None  # unvoiced frames after which an end is suspected; None: never
    prefix: int = 10  # kept from before the first voiced frame: the detector notices speech up to 232 ms late
    longest: int = 1875  # 60 s

    @classmethod
    def from_ms(
        cls, *, threshold: float, min_speech_ms: int, end_silence_ms: int, prefix_ms: int, longest_s: float
    ) -> "GateSettings":
        """Count a part of a frame as a whole one."""

        def frames(ms: float) -> int:
            return max(1, ceil(ms / FRAME_MS))

        return cls(
            threshold=threshold,
            min_speech=frames(min_speech_ms),
            end_silence=frames(end_silence_ms),
            prefix=frames(prefix_ms) if prefix_ms else 0,
            longest=frames(longest_s * 1000),
        )


class Recording:
    """Frames kept from a known moment on, and which of them are voiced."""

    def __init__(self, frames: Sequence[Samples] = (), first: int = 0) -> None:
        self.frames = list(frames)
        self.first = first  # index of frames[0] since the session's start
        self.onset: int | None = None  # index of the first voiced frame
        self.last_voiced = -1
        self.voiced = 0

    def add(self, frame: Samples, *, voiced: bool) -> None:
        """Keep one frame."""
        if voiced:
            index = self.first + len(self.frames)
            self.onset = index if self.onset is None else self.onset
            self.last_voiced = index
            self.voiced += 1
        self.frames.append(frame)

    @property
    def unvoiced_tail(self) -> int:
        """How many frames have passed since the last voiced one."""
        return self.first + len(self.frames) - 1 - self.last_voiced

    def samples(self) -> Samples:
        """Everything kept so far."""
        return np.concatenate(self.frames) if self.frames else EMPTY

    def utterance(self, *, capped: bool = False) -> Utterance:
        """All of it as an utterance; without any voice it begins and ends at its start."""
        onset = self.first if self.onset is None else self.onset
        return Utterance(
            samples=self.samples(),
            start_ms=self.first * FRAME_MS,
            onset_ms=onset * FRAME_MS,
            end_ms=max(onset, self.last_voiced + 1) * FRAME_MS,
            voiced_ms=self.voiced * FRAME_MS,
            capped=capped,
        )


class SpeechGate:
    """One session's gate. Push frames, get facts; `recording` is the speech or suspicion under way, if any.

    `first` is how many frames the session has had before.
    """

    def __init__(self, settings: GateSettings, first: int = 0) -> None:
        self.settings = settings
        self.speaking = False
        self.recording: Recording | None = None
        self._index = first
        self._before: deque[Samples] = deque(maxlen=settings.prefix)
        self._end_suspected = False

    def push(
        self,
        frame: Samples,
        probability: float,
        *,
        playing: bool,  # noqa: ARG002 - an echo guard will judge by what is being played
        spoken: str,  # noqa: ARG002 - and by its words
    ) -> tuple[GateEvent, ...]:
        """Take the next frame.

        Args:
            frame: 512 samples at 16 kHz.
            probability: that it holds a voice.
            playing: an answer is being played to the speaker.
            spoken: the text of what is being played.
        """
        voiced = probability >= self.settings.threshold
        self._index += 1
        if self.recording is None and not voiced:
            self._before.append(frame)
            return ()
        if self.recording is None:
            self.recording = Recording(self._before, self._index - 1 - len(self._before))
            self.recording.add(frame, voiced=True)
            suspected = SpeechSuspected(onset_ms=(self._index - 1) * FRAME_MS)
            return (suspected, *self._judge_suspicion(self.recording))
        self.recording.add(frame, voiced=voiced)
        return self._judge(self.recording, voiced=voiced)

    def _judge(self, recording: Recording, *, voiced: bool) -> tuple[GateEvent, ...]:
        if not self.speaking:
            return self._judge_suspicion(recording)
        dismissed = (EndDismissed(),) if self._end_suspected and voiced else ()
        self._end_suspected = self._end_suspected and not voiced
        if len(recording.frames) >= self.settings.longest:
            return (*dismissed, self._finish(recording, capped=True))
        if recording.unvoiced_tail >= self.settings.end_silence:
            return (self._finish(recording),)
        if recording.unvoiced_tail == self.settings.suspect_end and not self._end_suspected:
            self._end_suspected = True
            return (EndSuspected(recording.utterance()),)
        return dismissed

    def _judge_suspicion(self, recording: Recording) -> tuple[GateEvent, ...]:
        if recording.voiced >= self.settings.min_speech and recording.onset is not None:
            self.speaking = True
            return (SpeechStarted(onset_ms=recording.onset * FRAME_MS),)
        if recording.unvoiced_tail >= self.settings.misfire:
            self._forget(recording)
            return (SpeechDismissed(),)
        return ()

    def _finish(self, recording: Recording, *, capped: bool = False) -> SpeechEnded:
        self._forget(recording)
        return SpeechEnded(recording.utterance(capped=capped))

    def _forget(self, recording: Recording) -> None:
        """Go back to waiting; the last unvoiced frames may be the padding of what comes next."""
        self._before.clear()
        self._before.extend(recording.frames[len(recording.frames) - recording.unvoiced_tail :])
        self.recording = None
        self.speaking = False
        self._end_suspected = False

    def commit(self) -> SpeechEnded | None:
        """End the speech under way because the client says so; None when nobody is speaking."""
        return self._finish(self.recording) if self.recording is not None and self.speaking else None

    def clear(self) -> None:
        """Forget everything heard that is not yet an utterance."""
        self._before.clear()
        self.recording = None
        self.speaking = False
        self._end_suspected = False

    def adopt(self, settings: GateSettings) -> None:
        """Go on with other settings; speech under way is kept."""
        self.settings = settings
        self._before = deque(self._before, maxlen=settings.prefix)

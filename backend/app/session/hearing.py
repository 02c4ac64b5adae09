"""The ear of a session: from the client's sound to facts about speech. Nothing here waits."""

from app.core.audio import FRAME_MS, FRAME_RATE, FRAME_SAMPLES, Reframer, Samples
from app.core.events import SpeechEnded
from app.core.gate import GateEvent, GateSettings, Recording, SpeechGate
from app.ports import VoiceDetector
from app.session.limits import Clock


class Hearing:
    """Frames, voice detector and gate of one session.

    With turn detection off (`manual`), everything is kept until the client commits it.
    """

    def __init__(self, detector: VoiceDetector, settings: GateSettings, clock: Clock) -> None:
        self.gate = SpeechGate(settings)
        self._detector = detector
        self._reframer = Reframer()
        self._manual: Recording | None = None
        self._clock = clock
        self._frames = 0
        self._received = 0  # samples at 16 kHz
        self._received_at = clock()

    @property
    def manual(self) -> bool:
        """Whether the client says where an utterance ends."""
        return self._manual is not None

    @property
    def received_ms(self) -> int:
        """How much sound has come in since the session's start."""
        return self._received * 1000 // FRAME_RATE

    def adopt(self, settings: GateSettings, *, manual: bool) -> bool:
        """Go on with other settings; say whether it is now somebody else who says where an utterance ends.

        Speech under way then waits for the client's commit; what the client did not commit is forgotten.
        """
        if manual == self.manual:
            self.gate.adopt(settings)
            return False
        under_way = self.gate.recording or Recording(first=self._frames)
        self._manual = under_way if manual else None
        self.gate = SpeechGate(settings, first=self._frames)
        return True

    def frames(self, samples: Samples) -> list[Samples]:
        """Take what came in (16 kHz) and return the frames that are now whole, for `judge`."""
        self._received += samples.size
        self._received_at = self._clock()
        return self._reframer.push(samples)

    def judge(self, frame: Samples, *, playing: bool, spoken: str) -> tuple[GateEvent, ...]:
        """Listen to one frame."""
        self._frames += 1
        probability = self._detector.probability(frame)
        if self._manual is None:
            return self.gate.push(frame, probability, playing=playing, spoken=spoken)
        self._manual.add(frame, voiced=probability >= self.gate.settings.threshold)
        if len(self._manual.frames) < self.gate.settings.longest:
            return ()
        return (self._take(self._manual, capped=True),)

    def commit(self) -> SpeechEnded | None:
        """End the utterance because the client says so; None when there is nothing in it."""
        if self._manual is None:
            return self.gate.commit()
        for frame in self._reframer.flush():
            self._frames += 1
            voiced = self._detector.probability(frame) >= self.gate.settings.threshold
            self._manual.add(frame, voiced=voiced)
        self._received = self._frames * FRAME_SAMPLES
        return self._take(self._manual) if self._manual.frames else None

    def _take(self, recording: Recording, *, capped: bool = False) -> SpeechEnded:
        self._manual = Recording(first=self._frames)
        return SpeechEnded(recording.utterance(capped=capped))

    def clear(self) -> None:
        """Forget what is not yet an utterance."""
        self.gate.clear()
        self._reframer.flush()
        self._received = self._frames * FRAME_SAMPLES
        self._manual = Recording(first=self._frames) if self.manual else None

    @property
    def speech_start_ms(self) -> int:
        """Where the utterance under way begins, padding included."""
        return self.gate.recording.first * FRAME_MS if self.gate.recording else self.received_ms

    def so_far(self) -> Samples | None:
        """The utterance as far as it has grown, when somebody is speaking."""
        return self.gate.recording.samples() if self.gate.speaking and self.gate.recording else None

    def when(self, position_ms: int) -> float:
        """Clock seconds at which the sound at this position was made, if it came in as it was made."""
        return self._received_at - (self.received_ms - position_ms) / 1000

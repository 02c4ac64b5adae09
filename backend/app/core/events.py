"""Facts the turn machine is told. Times are milliseconds of received audio since the session's start, never a clock."""

from dataclasses import dataclass

import numpy as np

from app.core.audio import FRAME_MS, FRAME_SAMPLES, Samples


@dataclass(frozen=True, slots=True)
class Utterance:
    """What was said in one go: 16 kHz samples with padding in front, and where its voice begins and ends."""

    samples: Samples
    start_ms: int  # of the first sample here, padding included
    onset_ms: int  # of the first voiced sample
    end_ms: int  # of the last voiced sample
    voiced_ms: int  # how much of it is voiced
    capped: bool = False  # it was cut because it reached the longest allowed length

    @property
    def length_ms(self) -> int:
        """The whole length in milliseconds, padding and end silence included."""
        return self.samples.size * FRAME_MS // FRAME_SAMPLES

    def followed_by(self, later: "Utterance") -> "Utterance":
        """Return both as one, as when somebody went on before anybody could listen."""
        return Utterance(
            samples=np.concatenate((self.samples, later.samples)),
            start_ms=self.start_ms,
            onset_ms=self.onset_ms,
            end_ms=later.end_ms,
            voiced_ms=self.voiced_ms + later.voiced_ms,
            capped=self.capped or later.capped,
        )


@dataclass(frozen=True, slots=True)
class Rules:
    """What the client wants to happen by itself."""

    create_response: bool = True
    interrupt_response: bool = True


@dataclass(frozen=True, slots=True)
class SpeechSuspected:
    """Something like a voice began; it may be a cough."""

    onset_ms: int


@dataclass(frozen=True, slots=True)
class SpeechDismissed:
    """It was nothing."""


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """It is speech."""

    onset_ms: int


@dataclass(frozen=True, slots=True)
class EndSuspected:
    """The speaker has paused and may be done; work may begin in secret."""

    utterance: Utterance


@dataclass(frozen=True, slots=True)
class EndDismissed:
    """The speaker went on."""


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """The speaker is done, or the client says so (commit)."""

    utterance: Utterance


@dataclass(frozen=True, slots=True)
class InputCleared:
    """The client threw away what it had sent and what was not yet an utterance."""


@dataclass(frozen=True, slots=True)
class AnswerRequested:
    """The client wants an answer to the conversation as it stands."""


@dataclass(frozen=True, slots=True)
class CancelRequested:
    """The client wants the answer under way to stop."""


@dataclass(frozen=True, slots=True)
class RulesChanged:
    """The client changed what happens by itself."""

    rules: Rules


@dataclass(frozen=True, slots=True)
class Transcribed:
    """The words of the turn are known."""

    turn: int


@dataclass(frozen=True, slots=True)
class NothingSaid:
    """There were no words in it: noise, silence, or an invention of the recogniser."""

    turn: int


@dataclass(frozen=True, slots=True)
class AnswerStarted:
    """The first piece of the answer was handed to the client."""

    turn: int


@dataclass(frozen=True, slots=True)
class AnswerEnded:
    """The whole answer was handed to the client."""

    turn: int


@dataclass(frozen=True, slots=True)
class WorkFailed:
    """Transcription or answer failed, fallbacks included."""

    turn: int
    code: str


Event = (
    SpeechSuspected
    | SpeechDismissed
    | SpeechStarted
    | EndSuspected
    | EndDismissed
    | SpeechEnded
    | InputCleared
    | AnswerRequested
    | CancelRequested
    | RulesChanged
    | Transcribed
    | NothingSaid
    | AnswerStarted
    | AnswerEnded
    | WorkFailed
)

"""What we send beyond the protocol, to clients that put `kaiwa` into their session; by the rules of `server_events`."""

from dataclasses import dataclass
from typing import ClassVar

from app.wire.sent import JsonObject, Message


@dataclass(frozen=True, slots=True)
class SpeechSuspected(Message):
    """Somebody may be speaking: lower the answer's volume."""

    TYPE: ClassVar[str] = "kaiwa.speech.suspected"


@dataclass(frozen=True, slots=True)
class SpeechDismissed(Message):
    """It was nothing: bring the volume back."""

    TYPE: ClassVar[str] = "kaiwa.speech.dismissed"


@dataclass(frozen=True, slots=True)
class TranscriptionPartial(Message):
    """What was said so far: what will stay, and what may still change."""

    TYPE: ClassVar[str] = "kaiwa.transcription.partial"
    item_id: str
    stable: str
    unstable: str


@dataclass(frozen=True, slots=True)
class ConversationRestored(Message):
    """An old conversation was found: all its items in order, in place of whatever the client shows."""

    TYPE: ClassVar[str] = "kaiwa.conversation.restored"
    conversation_id: str
    title: str
    items: list[JsonObject]
    answer_follows: bool  # an answer that was not given to its end goes on now, as an item of its own


@dataclass(frozen=True, slots=True)
class TurnTimings(Message):
    """How long each step of a turn took, in milliseconds since the end of speech, or since the request if it was typed.

    Sent when the answer begins to be delivered, and again with an outcome when the turn is over.
    """

    TYPE: ClassVar[str] = "kaiwa.turn.timings"
    turn: int
    request_id: str
    item_id: str | None = None  # of the question, if it was spoken
    response_id: str | None = None
    speech_ms: float | None = None  # how long the question was
    partial_ms: float | None = None  # since the beginning of speech
    final_ms: float | None = None
    first_token_ms: float | None = None
    first_audio_ms: float | None = None
    outcome: str | None = None

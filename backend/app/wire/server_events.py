"""What we send: one class per server event, its fields named as the protocol names them.

A field that is None is left out, unless the class lists it in `NULLS`. Items are what `items.to_wire` returns, sessions
what `SessionConfig.wire` returns. Our own events are in `kaiwa_events`.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal, Self

from app.errors import KaiwaError
from app.wire.error_detail import ErrorDetail
from app.wire.responses import ResponseObject
from app.wire.sent import JsonObject, Message, Sent

_PREVIOUS = frozenset({"previous_item_id"})


@dataclass(frozen=True, slots=True)
class ErrorEvent(Message):
    """Something went wrong; the session goes on."""

    TYPE: ClassVar[str] = "error"
    error: ErrorDetail

    @classmethod
    def from_error(cls, error: KaiwaError, event_id: str | None = None) -> Self:
        """Return the event for an error; `event_id` is of the client's message, where the error does not know it."""
        return cls(ErrorDetail.of(error, event_id))


@dataclass(frozen=True, slots=True)
class SessionCreated(Message):
    """The first message of a session."""

    TYPE: ClassVar[str] = "session.created"
    session: JsonObject


@dataclass(frozen=True, slots=True)
class SessionUpdated(Message):
    """The complete session after an update."""

    TYPE: ClassVar[str] = "session.updated"
    session: JsonObject


@dataclass(frozen=True, slots=True)
class SpeechStarted(Message):
    """Somebody speaks, since `audio_start_ms` of what was appended; the item comes when they are done."""

    TYPE: ClassVar[str] = "input_audio_buffer.speech_started"
    audio_start_ms: int
    item_id: str


@dataclass(frozen=True, slots=True)
class SpeechStopped(Message):
    """They are done."""

    TYPE: ClassVar[str] = "input_audio_buffer.speech_stopped"
    audio_end_ms: int
    item_id: str


@dataclass(frozen=True, slots=True)
class InputAudioBufferCommitted(Message):
    """The buffer became an item; null stands in front of the first one only."""

    TYPE: ClassVar[str] = "input_audio_buffer.committed"
    NULLS: ClassVar[frozenset[str]] = _PREVIOUS
    previous_item_id: str | None
    item_id: str


@dataclass(frozen=True, slots=True)
class InputAudioBufferCleared(Message):
    """The buffer is empty."""

    TYPE: ClassVar[str] = "input_audio_buffer.cleared"


@dataclass(frozen=True, slots=True)
class ConversationItemAdded(Message):
    """An item joined, behind `previous_item_id`. Clients order by it: null puts the item in front of all others."""

    TYPE: ClassVar[str] = "conversation.item.added"
    NULLS: ClassVar[frozenset[str]] = _PREVIOUS
    previous_item_id: str | None
    item: JsonObject


@dataclass(frozen=True, slots=True)
class ConversationItemDone(Message):
    """An item is whole. None leaves `previous_item_id` out: a null could move the item to the front."""

    TYPE: ClassVar[str] = "conversation.item.done"
    item: JsonObject
    previous_item_id: str | None = None


@dataclass(frozen=True, slots=True)
class ConversationItemRetrieved(Message):
    """An item, as it was asked for."""

    TYPE: ClassVar[str] = "conversation.item.retrieved"
    item: JsonObject


@dataclass(frozen=True, slots=True)
class ConversationItemDeleted(Message):
    """An item is gone."""

    TYPE: ClassVar[str] = "conversation.item.deleted"
    item_id: str


@dataclass(frozen=True, slots=True)
class ConversationItemTruncated(Message):
    """An answer holds only what was heard of it."""

    TYPE: ClassVar[str] = "conversation.item.truncated"
    item_id: str
    content_index: int
    audio_end_ms: int


@dataclass(frozen=True, slots=True)
class InputAudioTranscriptionDelta(Message):
    """More of what was said; only what will not change any more."""

    TYPE: ClassVar[str] = "conversation.item.input_audio_transcription.delta"
    item_id: str
    content_index: int
    delta: str


@dataclass(frozen=True, slots=True)
class InputAudioTranscriptionCompleted(Message):
    """All that was said. `usage` is `{"type": "duration", "seconds": …}`."""

    TYPE: ClassVar[str] = "conversation.item.input_audio_transcription.completed"
    item_id: str
    content_index: int
    transcript: str
    usage: JsonObject


@dataclass(frozen=True, slots=True)
class InputAudioTranscriptionFailed(Message):
    """What was said could not be found out."""

    TYPE: ClassVar[str] = "conversation.item.input_audio_transcription.failed"
    item_id: str
    content_index: int
    error: ErrorDetail


@dataclass(frozen=True, slots=True)
class ResponseCreated(Message):
    """An answer begins."""

    TYPE: ClassVar[str] = "response.created"
    response: ResponseObject


@dataclass(frozen=True, slots=True)
class ResponseDone(Message):
    """An answer is over; its status says how."""

    TYPE: ClassVar[str] = "response.done"
    response: ResponseObject


@dataclass(frozen=True, slots=True)
class ResponseOutputItemAdded(Message):
    """An answer has a new item, still empty."""

    TYPE: ClassVar[str] = "response.output_item.added"
    response_id: str
    output_index: int
    item: JsonObject


@dataclass(frozen=True, slots=True)
class ResponseOutputItemDone(Message):
    """An item of an answer is whole."""

    TYPE: ClassVar[str] = "response.output_item.done"
    response_id: str
    output_index: int
    item: JsonObject


@dataclass(frozen=True, slots=True)
class ContentPart(Sent):
    """Of an item, without its sound. Here the types are `audio` and `text`; in items they begin with `output_`."""

    type: Literal["audio", "text"]
    text: str | None = None
    transcript: str | None = None


@dataclass(frozen=True, slots=True)
class _InContent(Message):
    """The four numbers and names that say where in an answer something belongs."""

    response_id: str
    item_id: str
    output_index: int
    content_index: int


@dataclass(frozen=True, slots=True)
class ResponseContentPartAdded(_InContent):
    """An item has a new part, still empty."""

    TYPE: ClassVar[str] = "response.content_part.added"
    part: ContentPart


@dataclass(frozen=True, slots=True)
class ResponseContentPartDone(_InContent):
    """A part is whole."""

    TYPE: ClassVar[str] = "response.content_part.done"
    part: ContentPart


@dataclass(frozen=True, slots=True)
class ResponseOutputAudioDelta(_InContent):
    """Sound, in base64; at most half a second, since one client reads no message above 1 MiB."""

    TYPE: ClassVar[str] = "response.output_audio.delta"
    delta: str


@dataclass(frozen=True, slots=True)
class ResponseOutputAudioDone(_InContent):
    """All sound of a part was sent."""

    TYPE: ClassVar[str] = "response.output_audio.done"


@dataclass(frozen=True, slots=True)
class ResponseOutputAudioTranscriptDelta(_InContent):
    """Words of the sound."""

    TYPE: ClassVar[str] = "response.output_audio_transcript.delta"
    delta: str


@dataclass(frozen=True, slots=True)
class ResponseOutputAudioTranscriptDone(_InContent):
    """All words of the sound."""

    TYPE: ClassVar[str] = "response.output_audio_transcript.done"
    transcript: str


@dataclass(frozen=True, slots=True)
class ResponseOutputTextDelta(_InContent):
    """Words of an answer that is only written."""

    TYPE: ClassVar[str] = "response.output_text.delta"
    delta: str


@dataclass(frozen=True, slots=True)
class ResponseOutputTextDone(_InContent):
    """All of them."""

    TYPE: ClassVar[str] = "response.output_text.done"
    text: str


@dataclass(frozen=True, slots=True)
class ResponseFunctionCallArgumentsDelta(Message):
    """A piece of a call's arguments, which are JSON text."""

    TYPE: ClassVar[str] = "response.function_call_arguments.delta"
    response_id: str
    item_id: str
    output_index: int
    call_id: str
    delta: str


@dataclass(frozen=True, slots=True)
class ResponseFunctionCallArgumentsDone(Message):
    """A call is whole."""

    TYPE: ClassVar[str] = "response.function_call_arguments.done"
    response_id: str
    item_id: str
    output_index: int
    call_id: str
    name: str
    arguments: str


ServerEvent = Message
"""Any of the above."""

"""What a client may send: one model per event, and `parse`, which returns one of them or says what is wrong."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast, get_args

from pydantic import Field

from app.errors import RequestError
from app.wire.items import ItemShape
from app.wire.received import Received, check, read_json
from app.wire.refusals import beta_api
from app.wire.response_params import ResponseParams

EventId = Annotated[str, Field(max_length=512)]
ItemId = Annotated[str, Field(min_length=1, max_length=512)]


@dataclass(frozen=True, slots=True)
class Append:
    """Sound; fifty times a second, and therefore no pydantic model."""

    audio: str
    event_id: str | None = None


class Event(Received):
    """What every other event has."""

    event_id: EventId | None = None


class SessionUpdate(Event):
    """Change the session. `session` is checked when it is merged, where what is absent is known."""

    type: Literal["session.update"]
    session: dict[str, Any]


class Commit(Event):
    """What was appended is one utterance."""

    type: Literal["input_audio_buffer.commit"]


class Clear(Event):
    """Forget what was appended."""

    type: Literal["input_audio_buffer.clear"]


class ConversationItemCreate(Event):
    """Put an item into the conversation: at its end, behind another item, or (`root`) in front."""

    type: Literal["conversation.item.create"]
    item: ItemShape
    previous_item_id: ItemId | None = None


class ConversationItemRetrieve(Event):
    """Show an item."""

    type: Literal["conversation.item.retrieve"]
    item_id: ItemId


class ConversationItemDelete(Event):
    """Forget an item."""

    type: Literal["conversation.item.delete"]
    item_id: ItemId


class ConversationItemTruncate(Event):
    """So much of an answer was heard."""

    type: Literal["conversation.item.truncate"]
    item_id: ItemId
    content_index: Annotated[int, Field(ge=0)]
    audio_end_ms: Annotated[int, Field(ge=0)]


class ResponseCreate(Event):
    """Answer now."""

    type: Literal["response.create"]
    response: ResponseParams | None = None


class ResponseCancel(Event):
    """Stop answering."""

    type: Literal["response.cancel"]
    response_id: str | None = None


ClientEvent = (
    Append
    | SessionUpdate
    | Commit
    | Clear
    | ConversationItemCreate
    | ConversationItemRetrieve
    | ConversationItemDelete
    | ConversationItemTruncate
    | ResponseCreate
    | ResponseCancel
)


APPEND = "input_audio_buffer.append"
_PARSED: dict[str, type[Event]] = {
    get_args(model.model_fields["type"].annotation)[0]: model for model in get_args(ClientEvent) if model is not Append
}
TYPES = frozenset({APPEND, *_PARSED})
"""Every event that is served."""

_MAY_BE_BETA = {"session.update": "session", "response.create": "response"}
_BETA_FIELDS = frozenset(
    {
        "modalities",
        "voice",
        "turn_detection",
        "input_audio_format",
        "output_audio_format",
        "input_audio_transcription",
        "input_audio_noise_reduction",
        "max_response_output_tokens",
    }
)


class _SessionType(Received):
    type: Literal["realtime"]


def parse(text: str) -> ClientEvent:
    """Return the event that a message holds.

    Raises:
        RequestError: with the message's `event_id` if it has one.
    """
    message = read_json(text)
    if not isinstance(message, dict):
        raise RequestError("A message is a JSON object.", code="invalid_type")
    try:
        return _append(message) if message.get("type") == APPEND else _other(message)
    except RequestError as error:
        event_id = message.get("event_id")
        error.event_id = event_id if isinstance(event_id, str) else None
        raise


def _append(message: dict[str, Any]) -> Append:
    audio, event_id = message.get("audio"), message.get("event_id")
    if not isinstance(audio, str):
        raise _not_a_string("audio", message)
    if event_id is not None and not isinstance(event_id, str):
        raise _not_a_string("event_id", message)
    return Append(audio, event_id)


def _other(message: dict[str, Any]) -> ClientEvent:
    name = message.get("type")
    if not isinstance(name, str):
        raise _not_a_string("type", message)
    if name == "output_audio_buffer.clear":
        raise RequestError(
            "Only WebRTC has an output buffer on the server: stop your playback and send conversation.item.truncate.",
            code="webrtc_only",
            param="type",
        )
    if name not in _PARSED:
        raise RequestError("There is no client event of this type.", param="type")
    if name in _MAY_BE_BETA:
        _refuse_beta(message.get(_MAY_BE_BETA[name]))
    event = check(_PARSED[name], message)
    if isinstance(event, SessionUpdate):
        check(_SessionType, event.session, "session")
    return cast("ClientEvent", event)


def _refuse_beta(fields: object) -> None:
    if isinstance(fields, dict) and not _BETA_FIELDS.isdisjoint(fields):
        raise beta_api()


def _not_a_string(param: str, message: dict[str, Any]) -> RequestError:
    code = "invalid_type" if param in message else "missing_required_parameter"
    return RequestError(f"{param}: a string is needed here.", code=code, param=param)

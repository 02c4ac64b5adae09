"""Every server event against the types of OpenAI's own SDK, and what four stock clients need beyond them."""

import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from openai.types.realtime.realtime_server_event import RealtimeServerEvent
from pydantic import BaseModel

from app.core.items import Item, Part
from app.errors import InternalError, ProviderTimeout, RequestError
from app.wire import kaiwa_events as ours
from app.wire import server_events as events
from app.wire.error_detail import ErrorDetail
from app.wire.items import to_wire
from app.wire.refusals import nothing_to_cancel
from app.wire.responses import ResponseObject, StatusDetails, Usage
from app.wire.sent import encode
from app.wire.session_config import SessionConfig

CONFIG = SessionConfig.default("gpt-realtime", "aiko")
SESSION = CONFIG.merged(
    {
        "tools": [{"type": "function", "name": "time"}],
        "tool_choice": {"type": "function", "name": "time"},
        "audio": {"input": {"transcription": {"language": "ja"}, "noise_reduction": {"type": "near_field"}}},
    }
)
HEARD = to_wire(Item("item_1", role="user", parts=(Part("input_audio"),)))
FRESH = to_wire(Item("item_2", role="assistant", status="in_progress"))
SAID = to_wire(Item("item_2", role="assistant", parts=(Part("output_audio", "It is Paris."),)))
CALL = to_wire(Item("item_3", "function_call", call_id="call_1", name="time", arguments="{}"))
RESULT = to_wire(Item("item_4", "function_call_output", call_id="call_1", output="noon"))
BEGUN = CONFIG.new_response("resp_1", conversation_id="conv_1", metadata={"client_event_id": "e1"})
DONE = ResponseObject(
    id="resp_1",
    output_modalities=["audio"],
    max_output_tokens=100,
    audio={"output": CONFIG.output_audio},
    status="cancelled",
    status_details=StatusDetails("cancelled", "turn_detected"),
    output=[SAID, CALL],
    usage=Usage(input_tokens=30, output_tokens=7, cached_tokens=20),
)
FAILED = StatusDetails("failed", error=ErrorDetail.of(ProviderTimeout("llm", "no answer in 5 s")))
PLACE = ("resp_1", "item_2", 0, 0)

SAMPLES: list[events.ServerEvent] = [
    events.SessionCreated(CONFIG.wire()),
    events.SessionUpdated(SESSION.wire()),
    events.ErrorEvent.from_error(nothing_to_cancel(), "e7"),
    events.SpeechStarted(320, "item_1"),
    events.SpeechStopped(1900, "item_1"),
    events.InputAudioBufferCommitted(None, "item_1"),
    events.InputAudioBufferCleared(),
    events.ConversationItemAdded(None, HEARD),
    events.ConversationItemAdded("item_1", FRESH),
    events.ConversationItemAdded("item_3", RESULT),
    events.ConversationItemDone(SAID),
    events.ConversationItemDone(CALL, "item_2"),
    events.ConversationItemRetrieved(HEARD),
    events.ConversationItemDeleted("item_1"),
    events.ConversationItemTruncated("item_2", 0, 700),
    events.InputAudioTranscriptionDelta("item_1", 0, "Whe"),
    events.InputAudioTranscriptionCompleted("item_1", 0, "Where?", {"type": "duration", "seconds": 1.5}),
    events.InputAudioTranscriptionFailed("item_1", 0, ErrorDetail.of(ProviderTimeout("stt", "too slow"))),
    events.ResponseCreated(BEGUN),
    events.ResponseDone(DONE),
    events.ResponseOutputItemAdded("resp_1", 0, FRESH),
    events.ResponseOutputItemDone("resp_1", 0, SAID),
    events.ResponseContentPartAdded(*PLACE, events.ContentPart("audio", transcript="")),
    events.ResponseContentPartDone(*PLACE, events.ContentPart("text", text="Paris")),
    events.ResponseOutputAudioDelta(*PLACE, "AAAA"),
    events.ResponseOutputAudioDone(*PLACE),
    events.ResponseOutputAudioTranscriptDelta(*PLACE, "It "),
    events.ResponseOutputAudioTranscriptDone(*PLACE, "It is Paris."),
    events.ResponseOutputTextDelta(*PLACE, "It "),
    events.ResponseOutputTextDone(*PLACE, "It is Paris."),
    events.ResponseFunctionCallArgumentsDelta("resp_1", "item_3", 1, "call_1", "{"),
    events.ResponseFunctionCallArgumentsDone("resp_1", "item_3", 1, "call_1", "time", "{}"),
]
OURS: list[events.ServerEvent] = [
    ours.SpeechSuspected(),
    ours.SpeechDismissed(),
    ours.TranscriptionPartial("item_1", "what is", "the cap"),
    ours.ConversationRestored("conv_1", "", [HEARD], answer_follows=True),
    ours.TurnTimings(1, "req_1", "item_1", "resp_1", 900.0, 300.0, 200.0, 400.0, 600.0, "completed"),
]

# Where the JavaScript SDK bears a null; what the session holds it does not look at.
MAY_BE_NULL = {"previous_item_id", "transcript", "conversation_id", "status_details", "usage", "metadata"}


def sdk_types() -> dict[str, type[BaseModel]]:
    kinds: dict[str, type[BaseModel]] = {}
    for kind in get_args(get_args(RealtimeServerEvent)[0]):
        (name,) = get_args(kind.model_fields["type"].annotation)
        kinds[name] = kind
    return kinds


SDK_TYPES = sdk_types()


def sent(event: events.ServerEvent) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(event.encode())
    return message


def nulls(value: Any, key: str = "") -> Iterator[str]:
    if value is None:
        yield key
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        if name != "session":
            yield from nulls(child, str(name))


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: event.TYPE)
def test_the_sdk_knows_every_event_and_every_field(event: events.ServerEvent) -> None:
    message = sent(event)

    parsed = SDK_TYPES[message["type"]].model_validate(message)

    assert not parsed.model_extra
    assert parsed.model_dump(mode="json", exclude_unset=True).keys() == message.keys()


@pytest.mark.parametrize("event", [*SAMPLES, *OURS], ids=lambda event: event.TYPE)
def test_null_stands_only_where_the_javascript_sdk_bears_it(event: events.ServerEvent) -> None:
    assert set(nulls(sent(event))) <= MAY_BE_NULL


def test_every_class_has_a_sample() -> None:
    kinds = (*vars(events).values(), *vars(ours).values())
    classes = {kind for kind in kinds if isinstance(kind, type) and "TYPE" in vars(kind)}
    assert {type(event) for event in [*SAMPLES, *OURS]} == classes


def test_every_event_has_an_id_of_its_own() -> None:
    event = events.InputAudioBufferCleared()
    assert sent(event)["event_id"] != sent(event)["event_id"]


def test_the_first_item_says_null_and_a_later_one_its_predecessor() -> None:
    assert sent(events.ConversationItemAdded(None, HEARD))["previous_item_id"] is None
    assert sent(events.ConversationItemAdded("item_1", SAID))["previous_item_id"] == "item_1"


def test_a_finished_item_never_says_null_as_its_predecessor() -> None:
    assert "previous_item_id" not in sent(events.ConversationItemDone(SAID))


def test_a_transcription_has_all_that_the_strictest_client_validates() -> None:
    delta = sent(events.InputAudioTranscriptionDelta("item_1", 0, "Whe"))
    assert (delta["content_index"], delta["delta"]) == (0, "Whe")
    failed = sent(events.InputAudioTranscriptionFailed("item_1", 0, ErrorDetail.of(InternalError("x"))))
    assert {"type", "code", "message"} <= failed["error"].keys()


def test_an_audio_delta_has_its_event_id_and_all_four_places() -> None:
    message = sent(events.ResponseOutputAudioDelta(*PLACE, "AAAA"))
    assert message.keys() == {
        "type", "event_id", "response_id", "item_id", "output_index", "content_index", "delta"
    }  # fmt: skip


def test_a_content_part_has_no_key_it_does_not_need() -> None:
    message = sent(events.ResponseContentPartDone(*PLACE, events.ContentPart("text", text="Paris")))
    assert message["part"] == {"type": "text", "text": "Paris"}


def test_a_new_response_echoes_its_metadata() -> None:
    assert sent(events.ResponseCreated(BEGUN))["response"]["metadata"] == {"client_event_id": "e1"}


def test_a_response_names_its_voice_as_a_string() -> None:
    assert sent(events.ResponseCreated(BEGUN))["response"]["audio"]["output"]["voice"] == "aiko"


def test_a_failed_response_says_why() -> None:
    assert FAILED.wire() == {
        "type": "failed",
        "error": {"type": "server_error", "code": "provider_timeout", "message": "llm: no answer in 5 s"},
    }


def test_an_error_carries_the_id_of_the_message_at_fault() -> None:
    known = RequestError("no", event_id="mine")
    assert sent(events.ErrorEvent.from_error(known, "other"))["error"]["event_id"] == "mine"
    assert sent(events.ErrorEvent.from_error(RequestError("no"), "other"))["error"]["event_id"] == "other"
    assert "event_id" not in sent(events.ErrorEvent.from_error(RequestError("no")))["error"]


def test_our_own_mistake_is_not_explained_to_the_client() -> None:
    error = sent(events.ErrorEvent.from_error(InternalError("/srv/kaiwa/secret is broken"), "e1"))["error"]
    assert error["code"] == "internal_error"
    assert "secret" not in error["message"]


def test_half_a_surrogate_pair_does_not_break_the_message() -> None:
    text = encode({"delta": "a\ud83d", "n": 1})
    assert text.encode()
    assert json.loads(text)["delta"] == "a?"


def test_infinity_does_not_break_the_message() -> None:
    assert json.loads(encode({"seconds": float("inf")})) == {"seconds": None}

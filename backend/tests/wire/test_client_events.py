"""Any text at all is one of the client's events or a `RequestError` that says what is wrong with it."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.errors import RequestError
from app.wire import client_events as events
from app.wire.client_events import parse

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
fields = st.sampled_from(
    ["audio", "session", "item", "item_id", "response", "content_index", "audio_end_ms", "event_id", "previous_item_id"]
)
messages = st.builds(
    lambda name, rest: {**rest, "type": name},
    st.sampled_from(sorted(events.TYPES)) | json_values,
    st.dictionaries(fields, json_values, max_size=4),
)


def refusal(message: Any) -> RequestError:
    with pytest.raises(RequestError) as caught:
        parse(message if isinstance(message, str) else json.dumps(message))
    return caught.value


def outcome(text: str) -> events.ClientEvent | RequestError:
    try:
        return parse(text)
    except RequestError as error:
        return error


@given(st.text() | json_values.map(json.dumps) | messages.map(json.dumps))
@example("[" * 100_000)
@example('{"type":"session.update","session":' + '{"a":' * 150 + "1" + "}" * 151)
@example('{"a":' + "9" * 5000 + "}")
@example('{"type":"\ud800"}')
@example('{"type":"session.update","event_id":"\\ud800","session":{"type":"realtime"}}')
@example('{"type":{},"event_id":[]}')
@example('{"type":"response.create","response":{"metadata":{"a":1e999}}}')
def test_any_text_is_an_event_or_a_request_error(text: str) -> None:
    told = outcome(text)
    if isinstance(told, RequestError):
        assert told.code
        f"{told}{told.param}{told.event_id}".encode()
    else:
        assert isinstance(told, events.ClientEvent)


@pytest.mark.parametrize(
    ("message", "event"),
    [
        ({"type": "input_audio_buffer.append", "audio": "AAAA"}, events.Append("AAAA")),
        ({"type": "input_audio_buffer.append", "audio": "", "event_id": "e"}, events.Append("", "e")),
        ({"type": "input_audio_buffer.commit"}, events.Commit(type="input_audio_buffer.commit")),
        ({"type": "input_audio_buffer.clear"}, events.Clear(type="input_audio_buffer.clear")),
        (
            {"type": "conversation.item.retrieve", "item_id": "item_1", "event_id": "rci_item_1"},
            events.ConversationItemRetrieve(type="conversation.item.retrieve", item_id="item_1", event_id="rci_item_1"),
        ),
        (
            {"type": "conversation.item.delete", "item_id": "item_1"},
            events.ConversationItemDelete(type="conversation.item.delete", item_id="item_1"),
        ),
        (
            {"type": "conversation.item.truncate", "item_id": "i", "content_index": 0, "audio_end_ms": 1200},
            events.ConversationItemTruncate(
                type="conversation.item.truncate", item_id="i", content_index=0, audio_end_ms=1200
            ),
        ),
        ({"type": "response.cancel"}, events.ResponseCancel(type="response.cancel")),
        ({"type": "response.create", "response": None}, events.ResponseCreate(type="response.create")),
        ({"type": "response.create", "new_field": 1}, events.ResponseCreate(type="response.create")),
    ],
)
def test_events_are_read(message: dict[str, Any], event: events.ClientEvent) -> None:
    assert parse(json.dumps(message)) == event


@pytest.mark.parametrize(
    ("message", "code", "param"),
    [
        ("", "invalid_json", None),
        ("{", "invalid_json", None),
        ('{"a":NaN}', "invalid_json", None),
        ("[" * 300 + "]" * 300, "invalid_json", None),
        ('{"a":' + "9" * 5000 + "}", "invalid_json", None),
        ('{"type":"\\ud800"}', "invalid_json", None),
        ("[]", "invalid_type", None),
        ("{}", "missing_required_parameter", "type"),
        ({"type": 5}, "invalid_type", "type"),
        ({"type": "session.begin"}, "invalid_value", "type"),
        ({"type": "output_audio_buffer.clear"}, "webrtc_only", "type"),
        ({"type": "input_audio_buffer.append"}, "missing_required_parameter", "audio"),
        ({"type": "input_audio_buffer.append", "audio": [1]}, "invalid_type", "audio"),
        ({"type": "input_audio_buffer.append", "audio": "", "event_id": 1}, "invalid_type", "event_id"),
        ({"type": "response.cancel", "event_id": "e" * 513}, "invalid_value", "event_id"),
        ({"type": "conversation.item.delete"}, "missing_required_parameter", "item_id"),
        (
            {"type": "conversation.item.truncate", "item_id": "i", "content_index": 0, "audio_end_ms": "5"},
            "invalid_type",
            "audio_end_ms",
        ),
        (
            {"type": "conversation.item.truncate", "item_id": "i", "content_index": -1, "audio_end_ms": 5},
            "invalid_value",
            "content_index",
        ),
        ({"type": "session.update"}, "missing_required_parameter", "session"),
        ({"type": "session.update", "session": {}}, "missing_required_parameter", "session.type"),
        ({"type": "session.update", "session": {"type": "transcription"}}, "invalid_value", "session.type"),
        (
            {"type": "conversation.item.create", "item": {"type": "message", "content": [{"type": "text"}]}},
            "invalid_value",
            "item.content[0].type",
        ),
        (
            {"type": "response.create", "response": {"output_modalities": ["text", "audio"]}},
            "invalid_value",
            "response.output_modalities",
        ),
        ({"type": "response.create", "response": {"metadata": {"a": 1}}}, "invalid_type", "response.metadata.a"),
        ({"type": "response.create", "response": {"conversation": "conv_1"}}, "invalid_value", "response.conversation"),
    ],
)
def test_what_is_wrong_is_named(message: Any, code: str, param: str | None) -> None:
    error = refusal(message)
    assert (error.code, error.param) == (code, param)


def test_the_event_id_is_echoed_wherever_it_can_be_found() -> None:
    assert refusal({"type": "nonsense", "event_id": "e1"}).event_id == "e1"
    assert refusal({"event_id": "e2"}).event_id == "e2"
    assert refusal({"type": "response.create", "event_id": "e3", "response": 5}).event_id == "e3"
    assert refusal({"type": "response.create", "event_id": 4, "response": {}}).event_id is None


@pytest.mark.parametrize(
    "message",
    [
        {"type": "session.update", "session": {"modalities": ["text", "audio"]}},
        {"type": "session.update", "session": {"type": "realtime", "input_audio_format": "pcm16"}},
        {"type": "session.update", "session": {"turn_detection": None}},
        {"type": "session.update", "session": {"voice": "alloy"}},
        {"type": "response.create", "response": {"max_response_output_tokens": 100}},
    ],
)
def test_a_beta_client_gets_one_clear_error(message: dict[str, Any]) -> None:
    error = refusal({**message, "event_id": "e1"})
    assert (error.code, error.event_id) == ("beta_api_unsupported", "e1")


def test_a_response_of_livekit_with_its_null_is_read() -> None:
    event = parse(
        '{"type":"response.create","event_id":"r1","response":{"instructions":null,"metadata":{"client_event_id":"r1"}}}'
    )
    assert isinstance(event, events.ResponseCreate)
    assert event.response is not None
    assert event.response.metadata == {"client_event_id": "r1"}
    assert event.response.session_part() == {}


def test_an_out_of_band_response_brings_its_own_input() -> None:
    event = parse(
        json.dumps(
            {
                "type": "response.create",
                "response": {
                    "conversation": "none",
                    "input": [
                        {"type": "item_reference", "id": "item_1"},
                        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]},
                    ],
                },
            }
        )
    )
    assert isinstance(event, events.ResponseCreate)
    assert event.response is not None
    assert [item.type for item in event.response.input or ()] == ["item_reference", "message"]

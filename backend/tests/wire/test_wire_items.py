"""Items, both ways: which keys are there, which may be null, and what a client's item is refused for."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.realtime import ConversationItemAdded

from app.core.items import Item, Part
from app.errors import RequestError
from app.wire.items import ItemShape, from_wire, to_wire
from app.wire.received import check

names = st.text(min_size=1, max_size=10)
statuses = st.sampled_from(["completed", "incomplete"])
messages = st.one_of(
    st.builds(
        Item,
        id=names,
        role=st.just("user"),
        status=statuses,
        parts=st.lists(
            st.builds(Part, kind=st.sampled_from(["input_text", "input_audio"]), text=st.text(max_size=9)), max_size=3
        ).map(tuple),
    ),
    st.builds(
        Item,
        id=names,
        role=st.just("assistant"),
        status=statuses,
        parts=st.lists(
            st.builds(Part, kind=st.sampled_from(["output_text", "output_audio"]), text=st.text(max_size=9)), max_size=3
        ).map(tuple),
    ),
    st.builds(
        Item,
        id=names,
        kind=st.just("function_call"),
        status=statuses,
        call_id=names,
        name=names,
        arguments=st.text(max_size=9),
    ),
    st.builds(
        Item, id=names, kind=st.just("function_call_output"), status=statuses, call_id=names, output=st.text(max_size=9)
    ),
)


def read(item: dict[str, Any]) -> Item:
    return from_wire(check(ItemShape, item, "item"))


def refusal(item: dict[str, Any]) -> RequestError:
    with pytest.raises(RequestError) as caught:
        read(item)
    return caught.value


def message(role: str, *content: dict[str, Any]) -> dict[str, Any]:
    return {"type": "message", "role": role, "content": list(content)}


@given(messages)
def test_what_we_send_can_be_given_back_after_a_reconnect(item: Item) -> None:
    assert read(json.loads(json.dumps(to_wire(item)))) == item


@given(messages)
def test_the_sdk_knows_every_item_we_send(item: Item) -> None:
    shown = {"type": "conversation.item.added", "event_id": "e", "item": to_wire(item)}
    assert ConversationItemAdded.model_validate(shown).item.model_dump(exclude_unset=True) == shown["item"]


def test_speech_that_is_not_yet_understood_has_a_transcript_of_null() -> None:
    shown = to_wire(Item("item_1", role="user", parts=(Part("input_audio"),)))
    assert shown["content"] == [{"type": "input_audio", "transcript": None}]


def test_a_fresh_answer_has_an_empty_list_of_content() -> None:
    shown = to_wire(Item("item_1", role="assistant", status="in_progress"))
    assert shown == {
        "id": "item_1",
        "object": "realtime.item",
        "type": "message",
        "status": "in_progress",
        "role": "assistant",
        "content": [],
    }


def test_an_answer_that_was_cut_off_shows_what_was_heard() -> None:
    shown = to_wire(Item("item_1", role="assistant", parts=(Part("output_audio", "It is Paris.", heard="It is"),)))
    assert shown["content"] == [{"type": "output_audio", "transcript": "It is"}]


def test_a_call_has_no_keys_of_a_message() -> None:
    shown = to_wire(Item("item_1", "function_call", call_id="call_1", name="time", arguments="{}"))
    assert shown.keys() == {"id", "object", "type", "status", "call_id", "name", "arguments"}


def test_an_item_without_an_id_gets_one() -> None:
    item = read(message("user", {"type": "input_text", "text": "hi"}))
    assert item.id.startswith("item_")
    assert item.parts == (Part("input_text", "hi"),)


def test_the_clients_own_id_stays() -> None:
    assert read({**message("user"), "id": "msg-é 1"}).id == "msg-é 1"


def test_sound_is_left_out_but_its_transcript_stays() -> None:
    item = read(message("user", {"type": "input_audio", "audio": "AAAA", "transcript": "hi"}))
    assert item.parts == (Part("input_audio", "hi"),)
    assert "audio" not in to_wire(item)["content"][0]


def test_a_call_without_an_id_of_its_own_gets_one() -> None:
    call_id = read({"type": "function_call", "name": "time", "arguments": "{}"}).call_id
    assert call_id is not None
    assert call_id.startswith("call_")


def test_an_item_that_a_client_calls_unfinished_is_taken_as_it_is() -> None:
    assert read({**message("assistant"), "status": "in_progress"}).status == "completed"
    assert read({**message("assistant"), "status": "incomplete"}).status == "incomplete"


@pytest.mark.parametrize(
    ("item", "code", "param"),
    [
        ({}, "missing_required_parameter", "item.type"),
        ({"type": "mcp_call"}, "invalid_value", "item.type"),
        ({"type": "item_reference", "id": "item_1"}, "invalid_value", "item.type"),
        ({**message("user"), "id": ""}, "invalid_value", "item.id"),
        ({"type": "message", "content": []}, "missing_required_parameter", "item.role"),
        ({"type": "message", "role": "user"}, "missing_required_parameter", "item.content"),
        (message("tool"), "invalid_value", "item.role"),
        (message("user", {"type": "input_text"}), "missing_required_parameter", "item.content[0].text"),
        (message("user", {"type": "output_text", "text": "x"}), "invalid_value", "item.content[0].type"),
        (message("assistant", {"type": "input_text", "text": "x"}), "invalid_value", "item.content[0].type"),
        (message("system", {"type": "input_audio", "transcript": "x"}), "invalid_value", "item.content[0].type"),
        (
            message("user", {"type": "input_text", "text": "x"}, {"type": "input_image", "image_url": "data:"}),
            "unsupported_content",
            "item.content[1].type",
        ),
        (
            message("user", {"type": "input_audio", "audio": "AAAA"}),
            "unsupported_content",
            "item.content[0].transcript",
        ),
        (message("user", {"type": "input_audio"}), "unsupported_content", "item.content[0].transcript"),
        ({"type": "function_call", "name": "f"}, "missing_required_parameter", "item.arguments"),
        ({"type": "function_call", "arguments": "{}"}, "missing_required_parameter", "item.name"),
        ({"type": "function_call_output", "output": "x"}, "missing_required_parameter", "item.call_id"),
        ({"type": "function_call_output", "call_id": "c"}, "missing_required_parameter", "item.output"),
        ({"type": "function_call_output", "call_id": "c", "output": {}}, "invalid_type", "item.output"),
    ],
)
def test_what_an_item_is_refused_for(item: dict[str, Any], code: str, param: str) -> None:
    error = refusal(item)
    assert (error.code, error.param) == (code, param)

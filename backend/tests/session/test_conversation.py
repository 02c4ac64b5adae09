"""The items of a conversation as clients edit them, responses beside it, and what was heard."""

import asyncio
import base64
from collections.abc import Sequence
from typing import Any

import pytest

from app.core.audio import from_g711
from app.errors import ProviderUnavailable
from app.ports import TextDelta
from tests.fakes import FakeTextToSpeech
from tests.session.memory_client import MemoryClient
from tests.session.speaking import refusal, retrieved, update, write
from tests.session.stage import Stage


def put(client: MemoryClient, item_id: str, text: str = "x", **fields: Any) -> None:
    content = [{"type": "input_text", "text": text}]
    item = {"id": item_id, "type": "message", "role": "user", "content": content}
    client.say(type="conversation.item.create", item=item, **fields)


async def test_items_stand_where_the_client_puts_them(stage: Stage) -> None:
    client = stage.open()
    put(client, "b")
    put(client, "d", previous_item_id="b")
    put(client, "c", previous_item_id="b")
    put(client, "a", previous_item_id="root")
    await client.get("conversation.item.done", 4)
    added = [(each["previous_item_id"], each["item"]["id"]) for each in client.of("conversation.item.added")]
    assert added == [(None, "b"), ("b", "d"), ("b", "c"), (None, "a")]
    client.say(type="response.create")
    await client.get("response.created")
    assert stage.session
    items = [item.id for item in stage.session._state.conversation.history.items()]
    assert items[:4] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"type": "conversation.item.retrieve", "item_id": "no"}, "item_retrieve_invalid_item_id"),
        ({"type": "conversation.item.delete", "item_id": "no"}, "item_delete_invalid_item_id"),
        (
            {"type": "conversation.item.truncate", "item_id": "no", "content_index": 0, "audio_end_ms": 0},
            "item_truncate_invalid_item_id",
        ),
        (
            {"type": "conversation.item.truncate", "item_id": "a", "content_index": 0, "audio_end_ms": 0},
            "invalid_value",
        ),
        ({"type": "response.cancel"}, "response_cancel_not_active"),
        ({"type": "response.cancel", "response_id": "resp_no"}, "response_cancel_not_active"),
        ({"type": "input_audio_buffer.commit"}, "input_audio_buffer_commit_empty"),
    ],
)
async def test_what_is_not_there_is_one_error_with_the_event_id(
    stage: Stage, message: dict[str, Any], code: str
) -> None:
    client = stage.open()
    put(client, "a")
    client.say(**message, event_id="mine")
    assert await refusal(client) == (code, "mine")
    await retrieved(client, "a")
    assert len(client.of("error")) == 1


async def test_a_taken_id_and_an_unknown_predecessor_are_refused(stage: Stage) -> None:
    client = stage.open()
    put(client, "a")
    put(client, "a", event_id="twice")
    put(client, "b", previous_item_id="nobody", event_id="lost")
    assert await refusal(client, 1) == ("item_create_duplicate_item_id", "twice")
    assert await refusal(client, 2) == ("item_create_invalid_previous_item_id", "lost")
    assert len(client.of("conversation.item.added")) == 1


async def test_a_deleted_item_is_forgotten_by_everybody(stage: Stage) -> None:
    client = stage.open()
    put(client, "a", "The code is 1234.")
    put(client, "b", "What is the code?")
    client.say(type="conversation.item.delete", item_id="a")
    assert (await client.get("conversation.item.deleted"))["item_id"] == "a"
    client.say(type="response.create")
    await client.get("response.created")
    assert "1234" not in str(stage.llm.calls[0].messages)


# beside the conversation


async def test_a_response_out_of_band_leaves_the_conversation_alone(unpaced: Stage) -> None:
    unpaced.llm.answers.append("A greeting.")
    client = unpaced.open()
    put(client, "a", "Hello!")
    content = [{"type": "input_text", "text": "Classify this."}]
    given = [{"type": "item_reference", "id": "a"}, {"type": "message", "role": "user", "content": content}]
    wanted = {"conversation": "none", "input": given, "output_modalities": ["text"], "metadata": {"topic": "kind"}}
    client.say(type="response.create", response={**wanted, "instructions": "Be terse."})
    done = (await client.get("response.done"))["response"]
    assert (done["status"], done["conversation_id"], done["metadata"]) == ("completed", None, {"topic": "kind"})
    assert done["output"][0]["content"] == [{"type": "output_text", "text": "A greeting."}]
    assert len(client.of("conversation.item.added")) == 1
    system, question = unpaced.llm.calls[0].messages
    assert system["content"].startswith("Be terse.")
    assert question["content"] == "Hello!\nClassify this."
    client.say(type="conversation.item.retrieve", item_id=done["output"][0]["id"])
    assert (await client.get("error"))["error"]["code"] == "item_retrieve_invalid_item_id"


async def test_responses_out_of_band_run_beside_the_answer_and_are_cancelled_by_their_id(unpaced: Stage) -> None:
    unpaced.llm.gate.clear()
    client = unpaced.open()
    write(client, "Hello!")
    client.say(type="response.create")
    client.say(type="response.create", response={"conversation": "none", "metadata": {"n": "1"}})
    client.say(type="response.create", response={"conversation": "none", "metadata": {"n": "2"}})
    await client.get("response.created", 3)
    ids = {
        (each["response"]["metadata"] or {}).get("n"): each["response"]["id"] for each in client.of("response.created")
    }
    client.say(type="response.cancel", response_id=ids["1"])
    cancelled = (await client.get("response.done"))["response"]
    assert (cancelled["id"], cancelled["status"]) == (ids["1"], "cancelled")
    unpaced.llm.gate.set()
    await client.get("response.done", 3)
    statuses = {each["response"]["id"]: each["response"]["status"] for each in client.of("response.done")}
    assert statuses == {ids["1"]: "cancelled", ids["2"]: "completed", ids[None]: "completed"}
    client.say(type="response.cancel", response_id=ids["2"], event_id="late")
    assert await refusal(client) == ("response_cancel_not_active", "late")


async def test_there_are_only_so_many_responses_out_of_band(unpaced: Stage) -> None:
    unpaced.llm.gate.clear()
    client = unpaced.open()
    for number in range(5):
        client.say(type="response.create", response={"conversation": "none"}, event_id=str(number))
    assert await refusal(client) == ("rate_limit_exceeded", "4")
    unpaced.llm.gate.set()
    await client.get("response.done", 4)
    client.say(type="response.create", response={"conversation": "none"})
    await client.get("response.created", 5)


@pytest.mark.parametrize("conversation", ["auto", "none"])
@pytest.mark.parametrize("twice", ["reference", "message"])
async def test_an_input_with_one_item_twice_is_refused(unpaced: Stage, conversation: str, twice: str) -> None:
    client = unpaced.open()
    put(client, "a")
    item: dict[str, Any] = {"type": "item_reference", "id": "a"}
    if twice == "message":
        content = [{"type": "input_text", "text": "x"}]
        item = {"type": "message", "role": "user", "id": "b", "content": content}
    client.say(type="response.create", event_id="e", response={"conversation": conversation, "input": [item, item]})
    assert await refusal(client) == ("invalid_value", "e")
    client.say(type="response.create")
    assert (await client.get("response.done"))["response"]["status"] == "completed"


async def test_an_input_that_refers_to_nothing_is_refused(stage: Stage) -> None:
    client = stage.open()
    given = [{"type": "item_reference", "id": "no"}]
    client.say(type="response.create", event_id="e", response={"input": given})
    assert await refusal(client) == ("item_retrieve_invalid_item_id", "e")


# how one response is to be


async def test_a_response_overrides_the_session_for_itself_only(unpaced: Stage) -> None:
    unpaced.llm.answers.append("One two three four.")
    client = unpaced.open()
    write(client, "Count!")
    wanted = {"instructions": "Be a pirate.", "output_modalities": ["text"], "max_output_tokens": 2}
    client.say(type="response.create", response=wanted)
    done = (await client.get("response.done"))["response"]
    assert (done["status"], done["status_details"]["reason"]) == ("incomplete", "max_output_tokens")
    assert done["output"][0]["content"][0]["text"] == "One two"
    assert unpaced.llm.calls[0].messages[0]["content"].startswith("Be a pirate.")
    client.say(type="response.create")
    done = (await client.get("response.done", 2))["response"]
    assert (done["status"], done["output_modalities"], done["max_output_tokens"]) == ("completed", ["audio"], "inf")
    assert "pirate" not in unpaced.llm.calls[1].messages[0]["content"]


async def test_a_voice_that_there_is_is_used_and_another_is_not(unpaced: Stage) -> None:
    unpaced.tts.names = ("anna", "bert")
    unpaced.llm.answers.extend(["Yes."] * 3)
    client = unpaced.open()
    update(client, output={"voice": "bert"})
    for response in ({}, {"audio": {"output": {"voice": "anna"}}}, {"audio": {"output": {"voice": "marin"}}}):
        client.say(type="response.create", response=response)
        await client.get("response.done", len(client.of("response.done")) + 1)
    assert [voice for _, voice in unpaced.tts.calls] == ["bert", "anna", None]
    assert client.of("response.created")[2]["response"]["audio"]["output"]["voice"] == "marin"


async def test_the_voice_that_the_client_chose_is_not_lost_to_the_first_one(unpaced: Stage) -> None:
    class SlowToTell(FakeTextToSpeech):
        asked = 0
        first = asyncio.Event()

        async def voices(self) -> Sequence[str]:
            self.asked += 1
            if self.asked == 1:
                await self.first.wait()
            return self.names

    tts = unpaced.tts = SlowToTell("fake", "bert")
    client = unpaced.open()
    await client.get("session.created")
    update(client, output={"voice": "bert"})
    await client.get("session.updated")
    tts.first.set()
    unpaced.llm.answers.append("Yes.")
    client.say(type="response.create")
    await client.get("response.done")
    assert tts.calls == [("Yes.", "bert")]


async def test_voices_that_cannot_be_listed_leave_the_default_one(unpaced: Stage) -> None:
    class Silent(FakeTextToSpeech):
        async def voices(self) -> Sequence[str]:
            raise ProviderUnavailable("tts", "connection refused")

    unpaced.tts = Silent("bert")
    client = unpaced.open()
    update(client, output={"voice": "bert"})
    assert (await client.get("session.updated"))["session"]["audio"]["output"]["voice"] == "bert"
    client.say(type="response.create")
    assert (await client.get("response.done"))["response"]["status"] == "completed"
    assert {voice for _, voice in unpaced.tts.calls} == {None}


async def test_a_written_answer_that_is_cancelled_keeps_what_was_written(unpaced: Stage) -> None:
    client = unpaced.open()
    update(client, output_modalities=["text"])
    unpaced.llm.answers.append([TextDelta("One two "), TextDelta("three"), *[TextDelta(" more")] * 100_000])
    client.say(type="response.create")
    await client.get("response.output_text.delta", 2)
    client.say(type="response.cancel")
    (item,) = (await client.get("response.done"))["response"]["output"]
    assert item["content"][0]["text"].startswith("One two three")
    assert client.of("response.output_text.done")[0]["text"] == item["content"][0]["text"]


@pytest.mark.parametrize("name", ["audio/pcmu", "audio/pcma"])
async def test_telephone_sound_both_ways(unpaced: Stage, name: str) -> None:
    unpaced.llm.answers.append("It is Paris.")
    client = unpaced.open()
    update(client, input={"format": {"type": name}}, output={"format": {"type": name}})
    await client.get("session.updated")
    loud, still = bytes([0x80 if name == "audio/pcmu" else 0xAA]), bytes([0xFF if name == "audio/pcmu" else 0xD5])
    swing = loud + bytes([loud[0] ^ 0x80])
    for data in (swing * 4_800, still * 6_400):
        client.say(type="input_audio_buffer.append", audio=base64.b64encode(data).decode())
    done = await client.get("response.done")
    assert done["response"]["status"] == "completed"
    sound = b"".join(base64.b64decode(each["delta"]) for each in client.of("response.output_audio.delta"))
    assert len(sound) == 8 * 12 * 60  # 60 ms a character, a byte a sample
    assert 6_000 < max(from_g711(sound, name)) < 10_000


# what was heard

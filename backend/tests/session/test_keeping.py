"""A conversation that is kept: what is written down of it, when, and what becomes of it when that fails."""

from dataclasses import replace
from typing import Any

import pytest

from app.errors import ConversationLost, StoreError
from app.ports import KeptConversation
from tests.session.memory_client import MemoryClient
from tests.session.speaking import refusal, update, utter, write
from tests.session.stage import Stage

KEEP, PRIVATE = {"conversation": {"keep": True}}, {"conversation": {"keep": False}}


async def opened(stage: Stage, kaiwa: dict[str, Any] = KEEP) -> tuple[MemoryClient, Any]:
    """Open a session that keeps its conversation; return what the client is told of it."""
    client = stage.open()
    update(client, kaiwa=kaiwa)
    updated = await client.get("session.updated")
    return client, updated["session"]["kaiwa"]["conversation"]


def words(conversation: KeptConversation) -> list[tuple[str | None, str]]:
    return [(kept.item.role, kept.item.said) for kept in conversation.items]


async def test_what_both_said_is_kept(unpaced: Stage) -> None:
    unpaced.stt.answers.append("Where is it?")
    unpaced.llm.answers.append("It is here. It is there.")
    client, told = await opened(unpaced)
    utter(client)
    await client.get("response.done")
    await unpaced.leave()
    kept = unpaced.conversations.look(told["id"])
    assert words(kept) == [("user", "Where is it?"), ("assistant", "It is here. It is there.")]
    assert [text for text, _ in kept.items[1].sentences] == ["It is here.", " It is there."]
    assert all(audio_ms > 0 for _, audio_ms in kept.items[1].sentences)
    assert kept.items[1].finished
    assert not kept.answer_due
    assert kept.token == told["token"]
    assert told["kept"] is True


async def test_a_client_that_does_not_ask_for_it_is_not_kept(unpaced: Stage) -> None:
    client = unpaced.open()
    update(client, kaiwa={})
    utter(client)
    await client.get("response.done")
    assert client.of("session.updated")[0]["session"]["kaiwa"]["conversation"] is None
    assert unpaced.conversations.calls == []
    assert unpaced.session
    assert not unpaced.session._state.keeping._changed, "nor is anything noted for it"


async def test_a_private_conversation_goes_nowhere_else(unpaced: Stage) -> None:
    client, told = await opened(unpaced, PRIVATE)
    utter(client)
    await client.get("response.done")
    await unpaced.leave()
    assert told["kept"] is False
    assert unpaced.conversations.calls == []
    assert len(unpaced.private.look(told["id"]).items) == 2


async def test_responses_name_the_conversation_that_is_kept(unpaced: Stage) -> None:
    client, told = await opened(unpaced)
    utter(client)
    assert (await client.get("response.done"))["response"]["conversation_id"] == told["id"]


async def test_the_text_of_an_answer_is_kept_while_it_is_made(unpaced: Stage) -> None:
    unpaced.llm.answers.append("First sentence. Second sentence. Third sentence.")
    unpaced.tts.gate.clear()  # not a sound of it yet
    client, told = await opened(unpaced)
    utter(client)
    await unpaced.conversations.until(lambda kept: any("Third" in each.written for each in kept.items), told["id"])
    kept = unpaced.conversations.look(told["id"])
    assert kept.answer_due
    assert kept.items[1].item.status == "in_progress"
    unpaced.tts.gate.set()


async def test_an_answer_that_was_cut_is_kept_as_it_was_heard(unpaced: Stage) -> None:
    unpaced.llm.answers.append("One sentence is here. Another one is here. The third one is here.")
    client, told = await opened(unpaced)
    utter(client)
    await client.get("response.output_audio.done")
    item_id = client.of("response.output_item.added")[0]["item"]["id"]
    client.say(type="conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=1300)
    await client.get("conversation.item.truncated")
    await unpaced.leave()
    kept = unpaced.conversations.look(told["id"])
    assert kept.items[1].item.said == "One sentence is here."
    assert kept.items[1].item.cut_off


async def test_items_are_kept_in_the_order_the_client_gives_them(unpaced: Stage) -> None:
    client, told = await opened(unpaced)
    write(client, "second")
    write(client, "third")
    write(client, "first", previous_item_id="root")
    write(client, "fourth")
    await client.get("conversation.item.done", 4)
    client.say(type="conversation.item.delete", item_id=client.of("conversation.item.done")[1]["item"]["id"])
    await client.get("conversation.item.deleted")
    await unpaced.leave()
    assert [said for _, said in words(unpaced.conversations.look(told["id"]))] == ["first", "second", "fourth"]


async def test_what_makes_room_stays_kept(unpaced: Stage) -> None:
    unpaced.limits = replace(unpaced.limits, items=3)
    client, told = await opened(unpaced)
    for number in range(5):
        write(client, str(number))
        await client.get("conversation.item.done", number + 1)
        await unpaced.conversations.until(lambda kept: len(kept.items) == number + 1, told["id"])  # noqa: B023 - at once
    await unpaced.leave()
    assert [said for _, said in words(unpaced.conversations.look(told["id"]))] == ["0", "1", "2", "3", "4"]


async def test_an_utterance_without_words_is_not_kept(unpaced: Stage) -> None:
    unpaced.stt.answers.append("[BLANK_AUDIO]")
    client, told = await opened(unpaced)
    utter(client)
    await client.get("conversation.item.done")
    write(client, "typed")
    await client.get("conversation.item.done", 2)
    await unpaced.leave()
    assert words(unpaced.conversations.look(told["id"])) == [("user", "typed")]


async def test_while_the_store_fails_nothing_is_lost_and_the_client_is_told_once(unpaced: Stage) -> None:
    client, told = await opened(unpaced)
    unpaced.conversations.errors.extend([StoreError("the disk is full"), StoreError("the disk is full")])
    write(client, "said while it failed")
    assert (await client.get("error"))["error"]["code"] == "store_unavailable"
    await unpaced.conversations.until(lambda kept: len(kept.items) == 1, told["id"])
    assert len(client.of("error")) == 1


async def test_a_conversation_that_cannot_be_kept_can_still_be_had(unpaced: Stage) -> None:
    unpaced.conversations.errors.append(StoreError("the disk is full"))
    client, told = await opened(unpaced)
    assert told is None
    assert client.of("error")[0]["error"]["code"] == "store_unavailable"
    utter(client)
    await client.get("response.done")
    update(client, kaiwa=KEEP)  # asked again, when the disk has room
    again = (await client.get("session.updated", 2))["session"]["kaiwa"]["conversation"]
    await unpaced.leave()
    assert len(unpaced.conversations.look(again["id"]).items) == 2, "what was said before belongs to it"


async def test_a_session_has_one_conversation(unpaced: Stage) -> None:
    client, told = await opened(unpaced)
    update(client, kaiwa=KEEP)
    assert (await client.get("session.updated", 2))["session"]["kaiwa"]["conversation"] == told
    client.say(
        type="session.update", event_id="u", session={"type": "realtime", "kaiwa": {"conversation": {"keep": False}}}
    )
    assert await refusal(client) == ("conversation_already_open", "u")


@pytest.mark.parametrize(
    "choice",
    [{}, {"keep": True, "id": "conv_1"}, {"id": ""}, {"keep": True, "heard": {"item_id": "a", "audio_end_ms": 0}}],
)
async def test_a_choice_names_one_conversation(stage: Stage, choice: dict[str, Any]) -> None:
    client = stage.open()
    update(client, kaiwa={"conversation": choice})
    error = (await client.get("error"))["error"]
    assert error["code"] == "invalid_value"
    assert error["param"].startswith("session.kaiwa.conversation")


async def test_the_older_of_two_sessions_hands_over(unpaced: Stage) -> None:
    client, told = await opened(unpaced)
    write(client, "before")
    await client.get("conversation.item.done")
    newer = unpaced.beside()
    other, _ = await opened(newer, {"conversation": {"id": told["id"]}})
    assert (await other.get("kaiwa.conversation.restored"))["items"][0]["content"][0]["text"] == "before"
    assert (await client.get("error"))["error"]["code"] == "conversation_taken_over"
    await client.until(lambda: client.closed is not None)
    assert client.closed
    assert client.closed[0] == 1008
    write(other, "after")
    await other.get("conversation.item.done")
    await newer.leave()
    assert [said for _, said in words(unpaced.conversations.look(told["id"]))] == ["before", "after"]


@pytest.mark.parametrize("deleted", [True, False])
async def test_a_session_of_another_process_that_lost_its_conversation_ends(unpaced: Stage, deleted: bool) -> None:
    client, _ = await opened(unpaced)
    unpaced.conversations.errors.append(ConversationLost(deleted=deleted))
    write(client, "too late")
    code = "conversation_deleted" if deleted else "conversation_taken_over"
    assert (await client.get("error"))["error"]["code"] == code
    await client.until(lambda: client.closed is not None)
    assert client.closed
    assert client.closed[0] == 1008

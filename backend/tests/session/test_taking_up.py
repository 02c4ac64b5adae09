"""A conversation that is taken up after its socket was lost, or continued after days."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from app.ports import ChatDelta, TextDelta
from app.session.limits import SessionLimits
from tests.session.memory_client import MemoryClient
from tests.session.speaking import UNPACED, refusal, spoken, update, utter, write
from tests.session.stage import Stage, voice
from tests.session.test_keeping import KEEP, PRIVATE, opened

ANSWER = "One sentence is here. Another one is here. The third one is here. The last one is here."
FIRST = "One sentence is here."


async def lost_in_mid_answer(stage: Stage, kaiwa: dict[str, Any] = KEEP) -> tuple[str, str]:
    """Begin an answer whose second sentence is still being voiced, and lose the socket; return token and item."""
    stage.stt.answers.append("Where is it?")
    stage.llm.answers.append(ANSWER)
    client, told = await opened(stage, kaiwa)
    utter(client)
    await client.until(lambda: len(client.of("response.output_audio_transcript.delta")) >= 2)
    await stage.leave()
    return told["token"], client.of("response.output_item.added")[0]["item"]["id"]


async def taken_up(stage: Stage, token: str, heard: tuple[str, int] | None = None) -> tuple[MemoryClient, Stage]:
    """Open another session on the conversation."""
    newer = stage.beside()
    client = newer.open()
    choice: dict[str, Any] = {"token": token}
    if heard:
        choice["heard"] = {"item_id": heard[0], "audio_end_ms": heard[1]}
    update(client, kaiwa={"conversation": choice})
    await client.until(lambda: bool(client.of("session.updated") or client.of("error")))
    return client, newer


def shown(client: MemoryClient) -> list[str]:
    items = client.of("kaiwa.conversation.restored")[0]["items"]
    return [part.get("transcript") or part.get("text") for item in items for part in item["content"]]


@pytest.fixture
def slow(stage: Stage) -> Stage:
    """A stage on which the whole answer cannot have been sent at once."""
    stage.limits = SessionLimits(messages_per_s=10_000, outbox_ahead_s=1.5)
    return stage


async def test_an_unfinished_answer_goes_on_behind_the_last_word_heard(slow: Stage) -> None:
    token, item_id = await lost_in_mid_answer(slow)
    client, newer = await taken_up(slow, token, (item_id, 1300))
    newer.clock.advance(UNPACED)
    restored = await client.get("kaiwa.conversation.restored")
    assert restored["answer_follows"] is True
    assert shown(client) == ["Where is it?", FIRST]
    assert [item["status"] for item in restored["items"]] == ["completed", "completed"]
    await client.until(lambda: spoken(client).startswith("Another one"))
    kinds = client.kinds
    assert kinds.index("session.updated") < kinds.index("kaiwa.conversation.restored") < kinds.index("response.created")
    await newer.leave()


async def test_nothing_is_lost_and_nothing_said_twice(slow: Stage) -> None:
    token, item_id = await lost_in_mid_answer(slow)
    slow.limits = SessionLimits(messages_per_s=10_000, outbox_ahead_s=UNPACED)
    client, newer = await taken_up(slow, token, (item_id, 1300))
    await client.get("response.done")
    assert f"{FIRST} {spoken(client)}" == ANSWER
    await newer.leave()
    assert len(slow.llm.calls) == 1, "the model had written all of it"


async def test_what_was_not_written_yet_the_model_goes_on_with(unpaced: Stage) -> None:
    def broken_off() -> Iterator[ChatDelta]:
        yield TextDelta("It is here. It is")
        unpaced.llm.gate.clear()
        yield TextDelta(" lost.")

    unpaced.llm.answers.append(broken_off())
    client, told = await opened(unpaced)
    utter(client)
    await client.until(lambda: spoken(client) == "It is here.")
    item_id = client.of("response.output_item.added")[0]["item"]["id"]
    await unpaced.leave()
    unpaced.llm.gate.set()
    unpaced.llm.answers.append(" there.")
    client, newer = await taken_up(unpaced, told["token"], (item_id, 100_000))
    await client.get("response.done")
    assert spoken(client) == "It is there."
    assert [message["role"] for message in unpaced.llm.calls[1].messages] == ["system", "user", "assistant"]
    assert unpaced.llm.calls[1].messages[-1]["content"] == "It is here. It is"
    await newer.leave()
    kept = unpaced.conversations.look(told["id"])
    assert [each.item.said for each in kept.items[1:]] == ["It is here.", "It is there."]
    assert not kept.answer_due


async def test_only_if_there_is_no_text_it_is_made_anew(unpaced: Stage) -> None:
    unpaced.stt.answers.append("Where is it?")
    unpaced.llm.gate.clear()
    client, told = await opened(unpaced)
    utter(client)
    await unpaced.llm.started.wait()
    await unpaced.leave()
    unpaced.llm.gate.set()
    unpaced.llm.answers.append("It is here.")
    client, newer = await taken_up(unpaced, told["token"])
    await client.get("response.done")
    assert client.of("kaiwa.conversation.restored")[0]["answer_follows"] is True
    assert shown(client) == ["Where is it?"]
    assert spoken(client) == "It is here."
    await newer.leave()


async def test_sound_that_was_sent_but_never_arrived_is_said_again(unpaced: Stage) -> None:
    unpaced.llm.answers.append(ANSWER)
    client, told = await opened(unpaced)
    utter(client)
    await client.get("response.done")  # for the server all is said
    item_id = client.of("response.output_item.added")[0]["item"]["id"]
    await unpaced.leave()
    client, newer = await taken_up(unpaced, told["token"], (item_id, 1300))
    await client.get("response.done")
    assert spoken(client) == ANSWER.removeprefix(FIRST + " ")
    assert len(unpaced.llm.calls) == 1
    await newer.leave()


async def test_an_answer_heard_to_its_end_is_not_said_again(unpaced: Stage) -> None:
    client, told = await opened(unpaced)
    utter(client)
    await client.get("response.done")
    await unpaced.leave()
    client, newer = await taken_up(unpaced, told["token"])
    assert (await client.get("kaiwa.conversation.restored"))["answer_follows"] is False
    assert not client.of("response.created")
    await newer.leave()


async def test_an_interrupted_answer_stays_interrupted(unpaced: Stage) -> None:
    unpaced.llm.answers.append(ANSWER)
    client, told = await opened(unpaced)
    write(client, "Talk.")
    client.say(type="response.create")
    await client.get("response.output_audio.delta")
    client.say(type="response.cancel")
    await client.until(lambda: bool(client.of("response.done")))
    await unpaced.leave()
    client, newer = await taken_up(unpaced, told["token"])
    restored = await client.get("kaiwa.conversation.restored")
    assert restored["answer_follows"] is False
    await newer.leave()


async def test_a_written_answer_goes_on_as_text(unpaced: Stage) -> None:
    unpaced.llm.answers.append("One two")
    client, told = await opened(unpaced)
    update(client, output_modalities=["text"])
    write(client, "Count.")
    unpaced.llm.gate.clear()
    client.say(type="response.create")
    await unpaced.llm.started.wait()
    await unpaced.leave()
    unpaced.llm.gate.set()
    newer = unpaced.beside()
    client = newer.open()
    update(client, kaiwa={"conversation": {"token": told["token"]}}, output_modalities=["text"])
    await client.get("response.done")
    assert client.of("response.output_text.done")
    await newer.leave()


async def test_an_old_conversation_is_context_for_the_next_question(unpaced: Stage) -> None:
    unpaced.stt.answers.extend(["My name is Ann.", "Who am I?"])
    unpaced.llm.answers.append("Hello Ann.")
    client, told = await opened(unpaced)
    utter(client)
    await client.get("response.done")
    await unpaced.leave()
    newer = unpaced.beside()
    client = newer.open()
    update(client, kaiwa={"conversation": {"id": told["id"]}})
    restored = await client.get("kaiwa.conversation.restored")
    assert (restored["conversation_id"], restored["answer_follows"]) == (told["id"], False)
    utter(client)
    await client.get("response.done")
    asked = [message["content"] for message in unpaced.llm.calls[-1].messages[1:]]
    assert asked == ["My name is Ann.", "Hello Ann.", "Who am I?"]
    await newer.leave()


async def test_continued_by_its_id_nothing_is_said_by_itself(slow: Stage) -> None:
    token, _ = await lost_in_mid_answer(slow)
    assert token
    newer = slow.beside()
    client = newer.open()
    conversation_id = slow.client.of("session.updated")[0]["session"]["kaiwa"]["conversation"]["id"]
    update(client, kaiwa={"conversation": {"id": conversation_id}})
    assert (await client.get("kaiwa.conversation.restored"))["answer_follows"] is False
    assert shown(client) == ["Where is it?", FIRST], "what was surely heard"
    await newer.leave()


async def test_a_private_conversation_is_taken_up_too(slow: Stage) -> None:
    token, item_id = await lost_in_mid_answer(slow, PRIVATE)
    client, newer = await taken_up(slow, token, (item_id, 1300))
    assert (await client.get("kaiwa.conversation.restored"))["answer_follows"] is True
    assert client.of("session.updated")[0]["session"]["kaiwa"]["conversation"]["kept"] is False
    assert not [call for call in slow.conversations.calls if call[0] != "take"]
    await newer.leave()


@pytest.mark.parametrize("choice", [{"token": "made up"}, {"id": "conv_made_up"}])
async def test_a_conversation_that_is_not_there_is_named_as_the_reason(stage: Stage, choice: dict[str, Any]) -> None:
    client = stage.open()
    client.say(type="session.update", event_id="u", session={"type": "realtime", "kaiwa": {"conversation": choice}})
    assert await refusal(client) == ("conversation_not_found", "u")
    assert client.of("error")[0]["error"]["param"] == "session.kaiwa.conversation"
    assert not client.of("session.updated")


async def test_an_old_conversation_must_be_named_before_anything_is_said(unpaced: Stage) -> None:
    client, told = await opened(unpaced)
    await unpaced.leave()
    newer = unpaced.beside()
    client = newer.open()
    write(client, "early")
    await client.get("conversation.item.done")
    update(client, kaiwa={"conversation": {"id": told["id"]}})
    assert (await client.get("error"))["error"]["param"] == "session.kaiwa.conversation"
    await newer.leave()


async def test_what_the_client_kept_meanwhile_may_come_at_once(stage: Stage) -> None:
    stage.limits = SessionLimits(messages_per_s=5, audio_burst_s=1.0)
    client, told = await opened(stage)
    write(client, "Hello.")
    await client.get("conversation.item.done")
    await stage.leave()
    client, newer = await taken_up(stage, told["token"])
    await client.get("kaiwa.conversation.restored")
    packet = base64.b64encode(voice(20).tobytes()).decode()
    for _ in range(500):  # ten seconds
        client.say(type="input_audio_buffer.append", audio=packet)
    client.say(type="conversation.item.retrieve", item_id="nobody")
    assert (await client.get("error"))["error"]["code"] == "item_retrieve_invalid_item_id"
    client.say(type="input_audio_buffer.append", audio=base64.b64encode(voice(1500).tobytes()).decode())
    assert (await client.get("error", 2))["error"]["code"] == "rate_limit_exceeded", "no more than those ten seconds"
    await newer.leave()


async def test_a_turns_timings_are_told_when_it_begins_to_sound_and_when_it_is_over(unpaced: Stage) -> None:
    client, _ = await opened(unpaced)
    utter(client)
    await client.get("response.done")
    first, last = await client.get("kaiwa.turn.timings"), await client.get("kaiwa.turn.timings", 2)
    assert first["turn"] == last["turn"] == 1
    assert first["request_id"].startswith("req_")
    assert first["response_id"] == client.of("response.created")[0]["response"]["id"]
    assert first["item_id"] == client.of("input_audio_buffer.committed")[0]["item_id"]
    assert first["speech_ms"] > 1000
    assert first["final_ms"] <= first["first_token_ms"] <= first["first_audio_ms"]
    assert "outcome" not in first
    assert last["outcome"] == "completed"


async def test_the_timings_of_a_typed_question_count_from_its_request(unpaced: Stage) -> None:
    client, _ = await opened(unpaced)
    write(client, "typed")
    client.say(type="response.create")
    timings = await client.get("kaiwa.turn.timings")
    assert "item_id" not in timings
    assert "final_ms" not in timings
    assert 0 <= timings["first_token_ms"] <= timings["first_audio_ms"]


async def test_stock_clients_get_neither(unpaced: Stage) -> None:
    client = unpaced.open()
    utter(client)
    await client.get("response.done")
    assert [kind for kind in client.kinds if kind.startswith("kaiwa.")] == []

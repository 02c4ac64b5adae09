"""One session, with fakes behind it and a client in memory."""

import asyncio

from app.wire.session_config import SessionConfig
from tests.session.stage import Stage, voice


async def test_a_spoken_turn_comes_in_the_order_of_the_protocol(stage: Stage) -> None:
    stage.stt.answers.append("What is the capital of France?")
    stage.llm.answers.append("The capital of France is Paris.")
    client = stage.open()
    client.say(type="session.update", session={"type": "realtime", "audio": {"input": {"transcription": {}}}})
    client.silence(400)
    client.speak(voice())
    client.silence(800)
    await client.get("response.done")
    order = [kind for kind in client.kinds if not kind.endswith(".delta")]
    assert order == [
        "session.created",
        "session.updated",
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        "conversation.item.input_audio_transcription.completed",
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "response.output_item.done",
        "conversation.item.done",
        "response.done",
    ]


async def test_an_answer_says_its_words_and_plays_its_sound(stage: Stage) -> None:
    stage.llm.answers.append("It is Paris. It lies on the Seine.")
    client = stage.open()
    client.speak(voice())
    client.silence(800)
    done = await client.get("response.done")
    assert done["response"]["status"] == "completed"
    transcript = "".join(each["delta"] for each in client.of("response.output_audio_transcript.delta"))
    assert transcript == "It is Paris. It lies on the Seine."
    assert done["response"]["output"][0]["content"] == [{"type": "output_audio", "transcript": transcript}]
    assert sum(len(each["delta"]) for each in client.of("response.output_audio.delta")) > 48_000


async def test_what_the_speaker_said_is_what_the_model_is_asked(stage: Stage) -> None:
    stage.stt.answers.extend(["My name is Ken.", "What is my name?"])
    client = stage.open()
    for number in (1, 2):
        client.speak(voice())
        client.silence(800)
        await client.get("response.done", number)
        stage.clock.advance(10)  # it has been played
    roles = [(each["role"], each["content"]) for each in stage.llm.calls[1].messages[1:]]
    assert roles[0] == ("user", "My name is Ken.")
    assert roles[1][0] == "assistant"
    assert roles[2] == ("user", "What is my name?")


async def test_talking_over_the_answer_cancels_it_and_keeps_what_was_heard(stage: Stage) -> None:
    stage.llm.answers.append(" ".join(f"Sentence number {each} goes on and on." for each in range(20)))
    client = stage.open()
    client.speak(voice())
    client.silence(800)
    await client.get("response.output_audio.delta")
    client.speak(voice())
    done = await client.get("response.done")
    assert done["response"]["status"] == "cancelled"
    assert done["response"]["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
    heard = done["response"]["output"][0]["content"][0]["transcript"]
    sent = "".join(each["delta"] for each in client.of("response.output_audio_transcript.delta"))
    assert sent.startswith(heard)
    assert len(heard) < len(sent)
    started = client.kinds.index("input_audio_buffer.speech_started", client.kinds.index("response.created"))
    assert "response.output_audio.delta" not in client.kinds[started:]
    client.silence(800)
    await client.get("response.created", 2)
    assert stage.metrics.registry.get_sample_value("kaiwa_barge_ins_total") == 1


async def test_a_truncate_corrects_what_was_heard(stage: Stage) -> None:
    client = stage.open()
    client.speak(voice())
    client.silence(800)
    item = (await client.get("response.done"))["response"]["output"][0]
    client.say(type="conversation.item.truncate", item_id=item["id"], content_index=0, audio_end_ms=0)
    await client.get("conversation.item.truncated")
    client.say(type="conversation.item.retrieve", item_id=item["id"])
    retrieved = await client.get("conversation.item.retrieved")
    assert retrieved["item"]["content"] == [{"type": "output_audio", "transcript": ""}]


async def test_a_pause_inside_a_sentence_loses_no_words(stage: Stage) -> None:
    stage.stt.gate.clear()
    stage.stt.answers.extend(["Tell me about Paris", "and about Rome."])
    client = stage.open()
    client.speak(voice())
    client.silence(800)
    await client.get("input_audio_buffer.committed")
    client.speak(voice())
    client.silence(800)
    await client.get("input_audio_buffer.committed", 2)
    stage.stt.gate.set()
    await client.get("response.done")
    assert [each.messages[-1]["content"] for each in stage.llm.calls] == ["Tell me about Paris\nand about Rome."]


async def test_inventions_get_no_answer(stage: Stage) -> None:
    stage.stt.answers.extend(["[BLANK_AUDIO]", "Hello there."])
    client = stage.open()
    client.say(type="session.update", session={"type": "realtime", "audio": {"input": {"transcription": {}}}})
    for _ in range(2):
        client.speak(voice())
        client.silence(800)
    await client.get("response.done")
    words = client.of("conversation.item.input_audio_transcription.completed")
    assert [each["transcript"] for each in words] == ["", "Hello there."]
    assert len(stage.llm.calls) == 1


async def test_without_turn_detection_the_client_commits_and_asks(stage: Stage) -> None:
    stage.stt.answers.append("What time is it?")
    client = stage.open()
    client.say(type="session.update", session={"type": "realtime", "audio": {"input": {"turn_detection": None}}})
    client.speak(voice())
    client.say(type="input_audio_buffer.commit")
    await client.get("conversation.item.done")
    client.say(type="response.create")
    await client.get("response.done")
    assert "input_audio_buffer.speech_started" not in client.kinds
    assert stage.llm.calls[0].messages[-1]["content"] == "What time is it?"


async def test_an_empty_commit_is_refused_by_its_code(stage: Stage) -> None:
    client = stage.open()
    client.say(type="input_audio_buffer.commit", event_id="mine")
    error = (await client.get("error"))["error"]
    assert (error["code"], error["event_id"]) == ("input_audio_buffer_commit_empty", "mine")


async def test_a_typed_question_is_answered_in_text(stage: Stage) -> None:
    stage.llm.answers.append("Four.")
    client = stage.open()
    client.say(type="session.update", session={"type": "realtime", "output_modalities": ["text"]})
    content = [{"type": "input_text", "text": "What is two and two?"}]
    client.say(type="conversation.item.create", item={"type": "message", "role": "user", "content": content})
    client.say(type="response.create", response={"metadata": {"client_event_id": "7"}})
    done = await client.get("response.done")
    assert client.of("response.created")[0]["response"]["metadata"] == {"client_event_id": "7"}
    assert "".join(each["delta"] for each in client.of("response.output_text.delta")) == "Four."
    assert done["response"]["output"][0]["content"] == [{"type": "output_text", "text": "Four."}]
    assert not stage.tts.calls


async def test_a_second_answer_at_a_time_is_refused(stage: Stage) -> None:
    stage.llm.gate.clear()
    client = stage.open()
    client.say(type="response.create")
    await client.get("response.created")
    client.say(type="response.create", event_id="again")
    error = (await client.get("error"))["error"]
    assert (error["code"], error["event_id"]) == ("conversation_already_has_active_response", "again")
    client.say(type="response.cancel")
    done = await client.get("response.done")
    assert done["response"]["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
    assert stage.llm.cancelled == 1


async def test_a_cancel_with_nothing_to_cancel_has_the_words_that_clients_compare(stage: Stage) -> None:
    client = stage.open()
    client.say(type="response.cancel")
    error = (await client.get("error"))["error"]
    assert error["code"] == "response_cancel_not_active"
    assert error["message"].startswith("Cancellation failed")


async def test_the_voice_that_the_session_begins_with_is_found(stage: Stage) -> None:
    stage.tts.names = ("fake", "other")
    stage.config = SessionConfig.default("kaiwa", "other")
    client = stage.open()
    client.speak(voice())
    client.silence(800)
    await client.get("response.done")
    assert {name for _, name in stage.tts.calls} == {"other"}


async def test_a_voice_of_another_service_is_tolerated_and_echoed(stage: Stage) -> None:
    client = stage.open()
    client.say(type="session.update", session={"type": "realtime", "audio": {"output": {"voice": "marin"}}})
    updated = await client.get("session.updated")
    assert updated["session"]["audio"]["output"]["voice"] == "marin"
    client.speak(voice())
    client.silence(800)
    await client.get("response.done")
    assert {name for _, name in stage.tts.calls} == {None}


async def test_an_answer_that_waits_to_be_sent_can_still_be_cut(stage: Stage) -> None:
    stage.llm.answers.append(" ".join(["This sentence is one of very many."] * 3))
    client = stage.open()
    client.speak(voice())
    client.silence(800)
    await client.get("response.output_audio.delta")
    for _ in range(2000):  # far more than the fakes need to make all of it; its sound waits for its time
        await asyncio.sleep(0)
    assert len(stage.tts.calls) == 3
    assert not client.of("response.done")
    client.say(type="response.cancel")
    done = await client.get("response.done")
    assert done["response"]["status"] == "cancelled"
    assert not client.of("error")

"""One session, with fakes behind it and a client in memory."""

from stage import Stage, voice


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

"""The stock Python SDK holds whole conversations with the server, unchanged."""

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection
from openai.types.realtime import RealtimeServerEvent, RealtimeSessionCreateRequestParam
from websockets import ConnectionClosed

from tests.clients.assistant import Assistant
from tests.clients.news import News
from tests.clients.speech import BYTES_PER_MS, QUESTION, in_two, packets, recorded

SESSION: RealtimeSessionCreateRequestParam = {
    "type": "realtime",
    "instructions": "Be brief.",
    "audio": {"input": {"transcription": {"model": "whisper-1"}}, "output": {"voice": "marin"}},
}
LONG_ANSWER = " ".join(f"Sentence number {number} goes on and on for quite a while." for number in range(12))
WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


class Talk:
    """One conversation through the SDK."""

    def __init__(self, connection: AsyncRealtimeConnection) -> None:
        self.connection = connection
        self.news: News[RealtimeServerEvent] = News(lambda event: event.type)

    async def listen(self) -> None:
        async for event in self.connection:
            # The SDK itself takes nearly anything; its types are what the protocol says.
            type(event).model_validate(event.to_dict())
            self.news.add(event)

    async def send(self, sound: bytes) -> None:
        for packet in packets(sound):
            await self.connection.input_audio_buffer.append(audio=base64.b64encode(packet).decode())

    async def get(self, kind: str, number: int = 1) -> Any:
        return await self.news.get(kind, number)

    def sound_of(self, response_id: str) -> bytes:
        deltas: list[Any] = self.news.of("response.output_audio.delta")
        return b"".join(base64.b64decode(each.delta) for each in deltas if each.response_id == response_id)


@asynccontextmanager
async def talk_to(assistant: Assistant, session: RealtimeSessionCreateRequestParam = SESSION) -> AsyncGenerator[Talk]:
    async with AsyncOpenAI(api_key="unused", websocket_base_url=assistant.websocket) as client:
        async with client.realtime.connect(model="gpt-realtime") as connection:
            talk = Talk(connection)
            listening = asyncio.create_task(talk.listen())
            await connection.session.update(session=session)
            await talk.get("session.updated")
            yield talk
        with contextlib.suppress(ConnectionClosed):
            await listening


def asked(assistant: Assistant) -> list[dict[str, Any]]:
    """What the language model was given last, instructions left out."""
    messages: list[dict[str, Any]] = json.loads(assistant.mocks.llm.requests[-1].body)["messages"]
    return [message for message in messages if message["role"] != "system"]


async def test_a_spoken_question_is_answered_in_speech(assistant: Assistant) -> None:
    assistant.mocks.stt.change(text="What is the capital of France?")
    assistant.mocks.llm.change(text="It is Paris. It lies on the Seine.")
    async with talk_to(assistant) as talk:
        await talk.send(recorded(QUESTION))
        done = await talk.get("response.done")
    assert done.response.status == "completed"
    assert done.response.output[0].content[0].transcript == "It is Paris. It lies on the Seine."
    assert len(talk.sound_of(done.response.id)) > 1000 * BYTES_PER_MS
    heard = (await talk.get("conversation.item.input_audio_transcription.completed")).transcript
    assert heard == "What is the capital of France?"
    assert asked(assistant) == [{"role": "user", "content": "What is the capital of France?"}]
    assert not talk.news.of("error")


async def test_words_are_shown_while_they_are_spoken(assistant: Assistant) -> None:
    assistant.mocks.stt.change(text="What is the capital of France?")
    assistant.mocks.llm.change(text="It is Paris.")
    async with talk_to(assistant) as talk:
        await assistant.hear_slowly(talk.send)
        await talk.get("response.done")
    shown: list[Any] = talk.news.of("conversation.item.input_audio_transcription.delta")
    assert "".join(each.delta for each in shown) == "What is the capital of France"
    assert talk.news.kinds.index(shown[0].type) < talk.news.kinds.index("input_audio_buffer.speech_stopped")
    assert {each.item_id for each in shown} == {(await talk.get("input_audio_buffer.committed")).item_id}


async def test_talking_over_the_answer_stops_it_and_only_what_was_played_was_said(assistant: Assistant) -> None:
    assistant.mocks.llm.change(text=LONG_ANSWER)
    async with talk_to(assistant) as talk:
        await talk.send(recorded(QUESTION))
        first = await talk.get("response.output_audio.delta")
        assistant.mocks.llm.change(text="All right.")
        begin, rest = in_two(recorded(QUESTION))
        await talk.send(begin)
        await talk.get("input_audio_buffer.speech_started", 2)
        cut = await talk.get("response.done")
        await talk.connection.conversation.item.truncate(item_id=first.item_id, content_index=0, audio_end_ms=1000)
        await talk.get("conversation.item.truncated")
        await talk.connection.conversation.item.retrieve(item_id=first.item_id)
        kept = (await talk.get("conversation.item.retrieved")).item.content[0].transcript
        await talk.send(rest)
        answer = await talk.get("response.done", 2)
    assert cut.response.status_details.reason == "turn_detected"
    assert len(talk.sound_of(cut.response.id)) <= 4500 * BYTES_PER_MS
    assert LONG_ANSWER.startswith(kept)
    assert 0 < len(kept) < len("Sentence number 0 goes on and on for quite a while.")
    assert answer.response.output[0].content[0].transcript == "All right."
    assert [message["role"] for message in asked(assistant)] == ["user", "assistant", "user"]
    assert kept in asked(assistant)[1]["content"]
    assert not talk.news.of("error")


async def test_a_function_is_called_and_its_result_is_told(assistant: Assistant) -> None:
    assistant.mocks.stt.change(text="Please get weather for me.")
    tool: Any = {"type": "function", "name": "get_weather", "description": "Tells the weather.", "parameters": WEATHER}
    async with talk_to(assistant, {**SESSION, "tools": [tool]}) as talk:
        await talk.send(recorded(QUESTION))
        call = await talk.get("response.function_call_arguments.done")
        done = await talk.get("response.done")
        assert (call.name, json.loads(call.arguments)) == ("get_weather", {"city": "mock"})
        assert [item.type for item in done.response.output] == ["function_call"]
        assert not talk.sound_of(done.response.id)
        await talk.connection.conversation.item.create(
            item={"type": "function_call_output", "call_id": call.call_id, "output": "Sun"}
        )
        await talk.connection.response.create()
        told = await talk.get("response.done", 2)
    assert told.response.output[0].content[0].transcript == "The tool says: Sun. I am only a mock."
    assert talk.sound_of(told.response.id)
    assert [message["role"] for message in asked(assistant)] == ["user", "assistant", "tool"]
    assert not talk.news.of("error")


async def test_a_typed_question_is_answered_in_text_beside_the_speech(assistant: Assistant) -> None:
    assistant.mocks.llm.change(text="Yes.")
    async with talk_to(assistant) as talk:
        await talk.send(recorded(QUESTION))
        await talk.get("response.done")
        await talk.connection.conversation.item.create(
            item={"type": "message", "role": "user", "content": [{"type": "input_text", "text": "And in writing?"}]}
        )
        assistant.mocks.llm.change(text="In writing.")
        await talk.connection.response.create(response={"output_modalities": ["text"], "metadata": {"mark": "7"}})
        done = await talk.get("response.done", 2)
    assert done.response.metadata == {"mark": "7"}
    assert done.response.output[0].content[0].text == "In writing."
    assert not talk.sound_of(done.response.id)
    assert [message["role"] for message in asked(assistant)] == ["user", "assistant", "user"]
    assert not talk.news.of("error")


async def test_a_cancel_that_comes_too_late_harms_nothing(assistant: Assistant) -> None:
    assistant.mocks.llm.change(text="Yes.")
    async with talk_to(assistant) as talk:
        await talk.connection.response.cancel(event_id="late")
        refused = await talk.get("error")
        assert (refused.error.code, refused.error.event_id) == ("response_cancel_not_active", "late")
        await talk.send(recorded(QUESTION))
        assert (await talk.get("response.done")).response.status == "completed"

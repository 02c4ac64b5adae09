"""The protocol itself, over the real WebSocket: what comes, in which order, in which shape, and to whom."""

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from websockets import ClientConnection, ConnectionClosed, connect

from app.wire.audio import AudioEncoder, FormatName, to_base64
from app.wire.opus import PACKET_MS, split
from tests.clients.assistant import Assistant
from tests.clients.news import News
from tests.clients.speech import QUESTION, packets, recorded

Event = dict[str, Any]

HEARD = [
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
    "conversation.item.added",
    "conversation.item.done",
    "conversation.item.input_audio_transcription.completed",
]
ANSWERED = [
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
CALLED = [
    "response.created",
    "response.output_item.added",
    "conversation.item.added",
    "response.function_call_arguments.done",
    "response.output_item.done",
    "conversation.item.done",
    "response.done",
]
# Where stock clients take null for a value; everywhere else it makes them drop the event.
MAY_BE_NULL = {"previous_item_id", "transcript", "logprobs"}
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}


class Wire:
    """One connection without any SDK."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.texts: list[str] = []
        self.news: News[Event] = News(lambda event: str(event["type"]))

    async def listen(self) -> None:
        async for message in self._socket:
            assert isinstance(message, str)
            self.texts.append(message)
            self.news.add(json.loads(message))

    async def say(self, kind: str, **fields: Any) -> None:
        await self._socket.send(json.dumps({"type": kind, **fields}))

    async def update(
        self, *, audio_input: Event | None = None, audio_output: Event | None = None, **more: Any
    ) -> Event:
        audio = {"input": {"transcription": {}, **(audio_input or {})}, "output": audio_output or {}}
        await self.say("session.update", session={"type": "realtime", "audio": audio, **more})
        return await self.news.get("session.updated")

    async def speak(self, name: FormatName = "audio/pcm") -> None:
        encoder = AudioEncoder(name, 24_000)
        for packet in packets(recorded(QUESTION)):
            for sound in encoder.encode(np.frombuffer(packet, np.int16)):
                await self.say("input_audio_buffer.append", audio=to_base64(sound.data))

    async def type_in(self, text: str) -> None:
        content = [{"type": "input_text", "text": text}]
        await self.say("conversation.item.create", item={"type": "message", "role": "user", "content": content})
        await self.say("response.create")

    @property
    def order(self) -> list[str]:
        """What came after the greeting; how many deltas there are is nobody's business."""
        return [kind for kind in self.news.kinds if not kind.startswith("session.") and not kind.endswith(".delta")]

    def sound(self) -> bytes:
        return b"".join(base64.b64decode(each["delta"]) for each in self.news.of("response.output_audio.delta"))


@asynccontextmanager
async def connected(assistant: Assistant) -> AsyncGenerator[Wire]:
    async with connect(f"{assistant.websocket}/realtime?model=any", proxy=None) as socket:
        wire = Wire(socket)
        listening = asyncio.create_task(wire.listen())
        yield wire
    with contextlib.suppress(ConnectionClosed):
        await listening


def nulls(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, child in value.items():
            yield from nulls(child, f"{path}.{name}")
    elif isinstance(value, list):
        for child in value:
            yield from nulls(child, path)
    elif value is None:
        yield path


def check_shape(wire: Wire) -> None:
    """What holds for every conversation."""
    events = wire.news.all
    assert events[0]["type"] == "session.created"
    ids = [event["event_id"] for event in events]
    assert len(set(ids)) == len(ids)
    added = [event["item"]["id"] for event in wire.news.of("conversation.item.added")]
    before = [event["previous_item_id"] for event in wire.news.of("conversation.item.added")]
    assert before == [None, *added[:-1]]
    for event in events:
        if not event["type"].startswith("session."):
            spoiled = {path for path in nulls(event) if path.split(".")[-1] not in MAY_BE_NULL}
            assert not {path for path in spoiled if not path.startswith(".response.")}, event["type"]
        for name in ("output_index", "content_index"):
            if event["type"].startswith(("response.output_audio", "response.content_part")):
                assert event[name] == 0


async def test_a_turn_by_server_vad(assistant: Assistant) -> None:
    assistant.mocks.llm.change(text="It is Paris.")
    async with connected(assistant) as wire:
        await wire.update()
        await wire.speak()
        await wire.news.get("response.done")
    assert wire.order == HEARD + ANSWERED
    check_shape(wire)
    started, stopped, committed, added = wire.news.all[2:6]
    assert started["item_id"] == stopped["item_id"] == committed["item_id"] == added["item"]["id"]
    assert 0 < started["audio_start_ms"] < 700 < stopped["audio_end_ms"]
    assert added["item"]["content"] == [{"type": "input_audio", "transcript": None}]


async def test_a_turn_that_the_client_ends_itself(assistant: Assistant) -> None:
    assistant.mocks.llm.change(text="It is Paris.")
    async with connected(assistant) as wire:
        await wire.update(audio_input={"turn_detection": None})
        await wire.speak()
        await wire.say("input_audio_buffer.commit")
        await wire.news.get("conversation.item.input_audio_transcription.completed")
        await wire.say("response.create")
        await wire.news.get("response.done")
    assert wire.order == HEARD[2:] + ANSWERED
    check_shape(wire)


async def test_a_turn_with_a_function_in_it(assistant: Assistant) -> None:
    assistant.mocks.stt.change(text="Please get weather for me.")
    async with connected(assistant) as wire:
        await wire.update(tools=[WEATHER])
        await wire.speak()
        call = (await wire.news.get("response.done"))["response"]["output"][0]
        await wire.say(
            "conversation.item.create",
            item={"type": "function_call_output", "call_id": call["call_id"], "output": "Sun"},
        )
        await wire.say("response.create")
        await wire.news.get("response.done", 2)
    told = ["conversation.item.added", "conversation.item.done"]
    assert wire.order == HEARD + CALLED + told + ANSWERED
    check_shape(wire)
    done = wire.news.of("response.function_call_arguments.done")[0]
    streamed = "".join(each["delta"] for each in wire.news.of("response.function_call_arguments.delta"))
    assert (done["name"], done["call_id"], done["arguments"]) == ("get_weather", call["call_id"], streamed)
    assert json.loads(streamed) == {"city": "mock"}


@pytest.mark.parametrize("name", ["audio/pcmu", "audio/pcma"])
async def test_a_turn_in_telephone_sound(assistant: Assistant, name: FormatName) -> None:
    assistant.mocks.llm.change(text="It is Paris.")
    async with connected(assistant) as plain:
        await plain.update()
        await plain.speak()
        await plain.news.get("response.done")
    async with connected(assistant) as wire:
        shown = await wire.update(audio_input={"format": {"type": name}}, audio_output={"format": {"type": name}})
        assert shown["session"]["audio"]["input"]["format"] == {"type": name}
        await wire.speak(name)
        await wire.news.get("response.done")
    assert wire.order == HEARD + ANSWERED
    check_shape(wire)
    assert len(wire.sound()) == pytest.approx(len(plain.sound()) / 6, rel=0.01)  # 8000 bytes a second, not 48000
    assert len(set(wire.sound())) > 50  # and it is no silence


async def test_sessions_never_see_each_other(assistant: Assistant) -> None:
    async def converse(word: str) -> Wire:
        async with connected(assistant) as wire:
            await wire.update(output_modalities=["text"])
            for number in range(1, 6):
                await wire.type_in(f"{word} {number}")
                await wire.news.get("response.done", number)
        return wire

    first, second = await asyncio.gather(converse("heron"), converse("otter"))
    for wire, own, foreign in ((first, "heron", "otter"), (second, "otter", "heron")):
        answers = [event["response"]["output"][0]["content"][0]["text"] for event in wire.news.of("response.done")]
        assert answers == [f"You said: {own} {number}. I am only a mock." for number in range(1, 6)]
        assert not [text for text in wire.texts if foreign in text]
    assert not ids_of(first) & ids_of(second)


async def test_an_item_is_known_in_its_own_session_only(assistant: Assistant) -> None:
    async with connected(assistant) as owner, connected(assistant) as stranger:
        item = {"id": "mine", "type": "message", "role": "user", "content": [{"type": "input_text", "text": "secret"}]}
        await owner.say("conversation.item.create", item=item)
        await owner.news.get("conversation.item.done")
        await stranger.say("conversation.item.retrieve", item_id="mine", event_id="rci_mine")
        refused = (await stranger.news.get("error"))["error"]
        await owner.say("conversation.item.retrieve", item_id="mine")
        await owner.news.get("conversation.item.retrieved")
    assert (refused["code"], refused["event_id"]) == ("item_retrieve_invalid_item_id", "rci_mine")
    assert not [text for text in stranger.texts if "secret" in text]


def ids_of(wire: Wire) -> set[str]:
    """Every id that the server made up in this session."""
    return {value for event in wire.news.all for value in _ids(event)}


def _ids(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, child in value.items():
            if isinstance(child, str) and (name == "id" or name.endswith("_id")):
                yield child
            yield from _ids(child)
    elif isinstance(value, list):
        for child in value:
            yield from _ids(child)


async def test_a_turn_in_opus(assistant: Assistant) -> None:
    assistant.mocks.llm.change(text="It is Paris.")
    opus = {"format": {"type": "audio/opus"}}
    async with connected(assistant) as plain:
        await plain.update()
        await plain.speak()
        await plain.news.get("response.done")
    async with connected(assistant) as wire:
        shown = await wire.update(audio_input=opus, audio_output=opus)
        assert shown["session"]["audio"]["input"]["format"] == {"type": "audio/opus", "rate": 48_000}
        await wire.speak("audio/opus")
        await wire.news.get("response.done")
    assert wire.order == HEARD + ANSWERED
    check_shape(wire)
    assert len(split(wire.sound())) * PACKET_MS == pytest.approx(len(plain.sound()) / 48, abs=2 * PACKET_MS)

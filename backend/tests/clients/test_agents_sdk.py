"""The stock JavaScript agents SDK, in Node, holds whole conversations with the server, unchanged."""

import asyncio
import base64
import json
import shutil
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.clients.assistant import Assistant
from tests.clients.news import News
from tests.clients.speech import QUESTION, in_two, packets, recorded

pytestmark = pytest.mark.node
AGENTS = Path(__file__).parent / "agents"
LONG_ANSWER = " ".join(f"Sentence number {number} goes on and on for quite a while." for number in range(12))
LINE_BYTES = 1 << 20
Event = dict[str, Any]


class Talk:
    """One conversation through the SDK, which runs in a process of its own."""

    def __init__(self, process: Process) -> None:
        self.news: News[Event] = News(_kind)
        assert process.stdin
        assert process.stdout
        self._commands, self._reports = process.stdin, process.stdout

    async def listen(self) -> None:
        async for line in self._reports:
            self.news.add(json.loads(line))

    async def send(self, sound: bytes) -> None:
        for packet in packets(sound):
            self.tell(audio=base64.b64encode(packet).decode())
            await self._commands.drain()

    def tell(self, **command: Any) -> None:
        self._commands.write(json.dumps(command).encode() + b"\n")

    @property
    def history(self) -> list[tuple[str, str]]:
        """Who said what, as the SDK has it."""
        return [_said(item) for item in self.news.of("history")[-1]["history"]]

    async def remembers(self, *expected: tuple[str, str]) -> None:
        await self.news.until(lambda: bool(self.news.of("history")) and self.history == list(expected))


def _kind(event: Event) -> str:
    return str(event["event"]["type"] if event["type"] == "transport" else event["type"])


def _said(item: dict[str, Any]) -> tuple[str, str]:
    if item["type"] == "function_call":
        return item["name"], item["output"]
    return item["role"], "".join(part.get("transcript") or part.get("text") or "" for part in item["content"])


@asynccontextmanager
async def talk_to(assistant: Assistant) -> AsyncGenerator[Talk]:
    node = shutil.which("node")
    assert node, "these tests need Node.js: sudo apt install nodejs npm"
    assert (AGENTS / "node_modules").exists(), "these tests need the SDK: make test installs it"
    address = f"{assistant.websocket}/realtime?model=gpt-realtime"
    process = await asyncio.create_subprocess_exec(
        node, str(AGENTS / "bridge.mjs"), address, stdin=PIPE, stdout=PIPE, stderr=PIPE, limit=LINE_BYTES
    )
    assert process.stdin
    assert process.stderr
    talk = Talk(process)
    listening, complaining = asyncio.create_task(talk.listen()), asyncio.create_task(process.stderr.read())
    try:
        await talk.news.get("connected")
        await talk.news.get("session.updated")
        yield talk
    finally:
        process.stdin.close()
        await asyncio.gather(listening, process.wait())
        assert (await complaining).decode() == ""
    assert not talk.news.of("error")


async def test_a_spoken_conversation_with_a_function_in_it_is_complete_and_in_order(assistant: Assistant) -> None:
    assistant.mocks.stt.change(text="What is the capital of France?")
    assistant.mocks.llm.change(text="It is Paris.")
    async with talk_to(assistant) as talk:
        await talk.send(recorded(QUESTION))
        spoken = ("user", "What is the capital of France?"), ("assistant", "It is Paris.")
        await talk.remembers(*spoken)
        assert sum(event["bytes"] for event in talk.news.of("audio")) > 24_000
        assistant.mocks.stt.change(text="Please get weather for me.")
        assistant.mocks.llm.change(text="Sun over mock.")
        await talk.send(recorded(QUESTION))
        told = ("user", "Please get weather for me."), ("get_weather", "Sun over mock"), ("assistant", "Sun over mock.")
        await talk.remembers(*spoken, *told)
        assert [(event["name"], event["result"]) for event in talk.news.of("tool")] == [told[1]]
        assistant.mocks.llm.change(text="You are welcome.")
        talk.tell(text="Thank you.")
        await talk.remembers(*spoken, *told, ("user", "Thank you."), ("assistant", "You are welcome."))


async def test_words_that_are_shown_while_they_are_spoken_disturb_no_history(assistant: Assistant) -> None:
    assistant.mocks.stt.change(text="What is the capital of France?")
    assistant.mocks.llm.change(text="It is Paris.")
    async with talk_to(assistant) as talk:
        await assistant.hear_slowly(talk.send)
        await talk.remembers(("user", "What is the capital of France?"), ("assistant", "It is Paris."))
    shown = talk.news.kinds.index("conversation.item.input_audio_transcription.delta")
    assert shown < talk.news.kinds.index("input_audio_buffer.speech_stopped")


async def test_talking_over_the_answer_stops_it(assistant: Assistant) -> None:
    assistant.mocks.stt.change(text="Tell me a story.")
    assistant.mocks.llm.change(text=LONG_ANSWER)
    async with talk_to(assistant) as talk:
        await talk.send(recorded(QUESTION))
        await talk.news.get("audio")
        assistant.mocks.stt.change(text="Stop.")
        assistant.mocks.llm.change(text="All right.")
        begin, rest = in_two(recorded(QUESTION))
        await talk.send(begin)
        await talk.news.get("audio_interrupted")
        cut = await talk.news.get("response.done")
        assert cut["event"]["response"]["status_details"]["reason"] == "turn_detected"
        await talk.news.get("conversation.item.truncated")
        await talk.send(rest)
        await talk.news.until(lambda: talk.history[-2:] == [("user", "Stop."), ("assistant", "All right.")])
        assert [who for who, _ in talk.history] == ["user", "assistant", "user", "assistant"]
        assert talk.history[0] == ("user", "Tell me a story.")
        assert LONG_ANSWER.startswith(talk.history[1][1])
        assert len(talk.history[1][1]) < len(LONG_ANSWER) / 2


async def test_the_stop_button_stops_the_answer(assistant: Assistant) -> None:
    assistant.mocks.llm.change(text=LONG_ANSWER)
    async with talk_to(assistant) as talk:
        await talk.send(recorded(QUESTION))
        await talk.news.get("audio")
        talk.tell(interrupt=True)
        cut = await talk.news.get("response.done")
        assert cut["event"]["response"]["status_details"]["reason"] == "client_cancelled"
        assistant.mocks.llm.change(text="All right.")
        await talk.send(recorded(QUESTION))
        await talk.news.until(lambda: talk.history[-1] == ("assistant", "All right."))

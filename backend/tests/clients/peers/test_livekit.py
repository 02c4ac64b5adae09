"""Stock livekit-agents with its OpenAI Realtime plugin holds whole conversations with the server."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from livekit import rtc
from livekit.agents import Agent, AgentSession, function_tool
from livekit.agents.voice import io
from livekit.plugins.openai import realtime

from tests.clients.news import News
from tests.clients.peers.served import Assistant
from tests.clients.speech import QUESTION, in_two, packets, recorded

RATE = 24_000
PACE_S = 0.02  # from packet to packet of 100 ms, so that what was said is transcribed before more is said
SESSION_S = 3.0  # after which the client connects anew, which it does every 20 minutes otherwise
LONG_ANSWER = " ".join(f"Sentence number {number} goes on and on for quite a while." for number in range(12))


class Microphone(io.AudioInput):
    """Says what it is given, as fast as it is taken."""

    def __init__(self) -> None:
        super().__init__(label="microphone")
        self.sound: asyncio.Queue[bytes] = asyncio.Queue()

    async def __anext__(self) -> rtc.AudioFrame:
        data = await self.sound.get()
        return rtc.AudioFrame(data, RATE, 1, len(data) // 2)

    def say(self, sound: bytes) -> None:
        for packet in packets(sound):
            self.sound.put_nowait(packet)


class Speaker(io.AudioOutput):
    """Has played each answer as soon as it is complete; one that is cut off it has played for a second."""

    def __init__(self) -> None:
        super().__init__(label="speaker", capabilities=io.AudioOutputCapabilities(pause=False), sample_rate=RATE)
        self.seconds = 0.0
        self.started, self.cut = asyncio.Event(), asyncio.Event()
        self._waiting = 0.0

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        if not self._waiting:
            self.on_playback_started(created_at=time.time())
        self.seconds += frame.duration
        self._waiting += frame.duration
        self.started.set()

    def flush(self) -> None:
        super().flush()
        self._finish(self._waiting, interrupted=False)

    def clear_buffer(self) -> None:
        super().flush()
        self._finish(1.0, interrupted=True)
        self.cut.set()

    def _finish(self, position: float, *, interrupted: bool) -> None:
        if self._waiting:
            self._waiting = 0.0
            self.on_playback_finished(playback_position=position, interrupted=interrupted)


class Clerk(Agent):
    """An agent with one function."""

    def __init__(self) -> None:
        super().__init__(instructions="Be brief.")

    @function_tool
    async def get_weather(self, city: str) -> str:
        """Tell the weather."""
        return f"Sun over {city}"


class Talk:
    """One conversation through the stock client."""

    def __init__(self, session: AgentSession) -> None:
        self.session, self.clerk = session, Clerk()
        self.microphone, self.speaker = Microphone(), Speaker()
        self.news: News[Any] = News(lambda event: event.type)
        for kind in ("user_input_transcribed", "conversation_item_added", "function_tools_executed", "error"):
            session.on(kind, self.news.add)

    @property
    def history(self) -> list[tuple[str, str]]:
        return said(self.session.history)

    async def remembers(self, *expected: tuple[str, str]) -> None:
        await self.ends_with(*expected)
        assert self.history == list(expected)

    async def ends_with(self, *expected: tuple[str, str]) -> None:
        try:
            await self.news.until(lambda: self.history[-len(expected) :] == list(expected))
        except AssertionError as error:
            raise AssertionError(self.history) from error


def said(context: Any) -> list[tuple[str, str]]:
    """Who said what, in order."""
    return [(item.role, item.text_content or "") for item in context.items if item.type == "message"]


@asynccontextmanager
async def talk_to(assistant: Assistant, **options: Any) -> AsyncGenerator[Talk]:
    async with aiohttp.ClientSession() as http:
        address = assistant.websocket.replace("ws:", "http:")
        model = realtime.RealtimeModel(base_url=address, api_key="unused", http_session=http, **options)
        async with AgentSession(llm=model, aec_warmup_duration=None) as session:
            talk = Talk(session)
            session.input.audio, session.output.audio = talk.microphone, talk.speaker
            await session.start(talk.clerk)
            yield talk
        assert not [event.error for event in talk.news.of("error")]


async def test_a_spoken_question_is_answered_in_speech(assistant: Assistant) -> None:
    assistant.change("stt", text="What is the capital of France?")
    assistant.change("llm", text="It is Paris.")
    async with talk_to(assistant) as talk:
        talk.microphone.say(recorded(QUESTION))
        await talk.remembers(("user", "What is the capital of France?"), ("assistant", "It is Paris."))
        assert talk.speaker.seconds > 0.5


async def test_words_are_shown_while_they_are_spoken(assistant: Assistant) -> None:
    assistant.change("stt", text="What is the capital of France?")
    assistant.change("llm", text="It is Paris.")
    async with talk_to(assistant) as talk:
        for packet in packets(recorded(QUESTION)):
            talk.microphone.say(packet)
            await asyncio.sleep(PACE_S)
        await talk.remembers(("user", "What is the capital of France?"), ("assistant", "It is Paris."))
    shown = [(event.transcript, event.is_final) for event in talk.news.of("user_input_transcribed")]
    assert ("What is the capital of France", False) in shown
    assert shown[-1] == ("What is the capital of France?", True)


async def test_talking_over_the_answer_stops_it(assistant: Assistant) -> None:
    assistant.change("stt", text="Tell me a story.")
    assistant.change("llm", text=LONG_ANSWER)
    async with talk_to(assistant) as talk:
        talk.microphone.say(recorded(QUESTION))
        await talk.speaker.started.wait()
        assistant.change("stt", text="Stop.")
        assistant.change("llm", text="All right.")
        begin, rest = in_two(recorded(QUESTION))
        talk.microphone.say(begin)
        await talk.speaker.cut.wait()
        await talk.news.until(lambda: len(talk.history) == 2)  # what was played is in it
        talk.microphone.say(rest)
        await talk.ends_with(("user", "Stop."), ("assistant", "All right."))
        (first, story), (second, heard), *_ = talk.history
    assert (first, story, second) == ("user", "Tell me a story.", "assistant")
    assert LONG_ANSWER.startswith(heard.strip())
    assert len(heard) < len(LONG_ANSWER) / 2


async def test_a_function_is_called_and_its_result_is_told(assistant: Assistant) -> None:
    assistant.change("stt", text="Please get weather for me.")
    assistant.change("llm", text="Sun over mock.")
    async with talk_to(assistant) as talk:
        talk.microphone.say(recorded(QUESTION))
        await talk.remembers(("user", "Please get weather for me."), ("assistant", "Sun over mock."))
        calls = talk.news.of("function_tools_executed")[0]
    assert [(call.name, call.arguments) for call in calls.function_calls] == [("get_weather", '{"city": "mock"}')]
    assert [result.output for result in calls.function_call_outputs] == ["Sun over mock"]


async def test_the_application_has_something_said(assistant: Assistant) -> None:
    assistant.change("llm", text="Welcome.")
    async with talk_to(assistant) as talk:
        await talk.session.generate_reply(instructions="Greet the person.")
        await talk.remembers(("assistant", "Welcome."))


async def test_a_new_connection_gets_the_conversation_replayed_in_order(assistant: Assistant) -> None:
    assistant.change("stt", text="One?")
    assistant.change("llm", text="Two.")
    async with talk_to(assistant, max_session_duration=SESSION_S) as talk:
        talk.microphone.say(recorded(QUESTION))
        before = ("user", "One?"), ("assistant", "Two.")
        await talk.remembers(*before)
        again = asyncio.Event()
        talk.clerk.realtime_llm_session.on("session_reconnected", lambda _: again.set())
        await asyncio.wait_for(again.wait(), 4 * SESSION_S)
        assistant.change("stt", text="Three?")
        assistant.change("llm", text="Four.")
        talk.microphone.say(recorded(QUESTION))
        await talk.remembers(*before, ("user", "Three?"), ("assistant", "Four."))
        server_has = said(talk.clerk.realtime_llm_session.chat_ctx)
    assert server_has == [*before, ("user", "Three?"), ("assistant", "Four.")]

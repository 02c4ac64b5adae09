"""Stock pipecat's OpenAI Realtime service, in a pipeline of its own, holds whole conversations with the server."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import Frame, InputAudioRawFrame, LLMRunFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.llm_service import FunctionCallParams
from pipecat.services.openai.realtime.events import (
    AudioConfiguration,
    AudioInput,
    InputAudioTranscription,
    SessionProperties,
)
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from pipecat.workers.runner import WorkerRunner

from tests.clients.news import News
from tests.clients.peers.served import Assistant
from tests.clients.speech import QUESTION, in_two, packets, recorded

RATE = 24_000
PACE_S = 0.02  # from packet to packet of 100 ms, so that what was said is transcribed before more is said
GREETING = ("user", "Greet me."), ("assistant", "Hello.")
LONG_ANSWER = " ".join(f"Sentence number {number} goes on and on for quite a while." for number in range(12))
WEATHER = FunctionSchema("get_weather", "Tells the weather.", {"city": {"type": "string"}}, ["city"])


class Ear(FrameProcessor):
    """Takes note of what passes."""

    def __init__(self, news: News[Frame]) -> None:
        super().__init__()
        self._news = news

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        self._news.add(frame)
        await self.push_frame(frame, direction)


class Talk:
    """One conversation through the stock client."""

    def __init__(self, assistant: Assistant) -> None:
        self.news: News[Any] = News(_kind)  # what came out of the service
        self.shown: News[Any] = News(_kind)  # what it told those before it
        self.context = LLMContext([{"role": "user", "content": "Greet me."}], ToolsSchema([WEATHER]))
        hearing = AudioInput(transcription=InputAudioTranscription())
        properties = SessionProperties(instructions="Be brief.", audio=AudioConfiguration(input=hearing))
        self.llm = llm = OpenAIRealtimeLLMService(
            api_key="unused",
            base_url=f"{assistant.websocket}/realtime",
            settings=OpenAIRealtimeLLMService.Settings(session_properties=properties),
        )
        llm.register_function("get_weather", tell_weather)
        pair = LLMContextAggregatorPair(self.context)
        parts = [pair.user(), Ear(self.shown), llm, Ear(self.news), pair.assistant()]
        rates = PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE)
        self.worker = PipelineWorker(Pipeline(parts), params=rates, enable_rtvi=False, cancel_on_idle_timeout=False)

    async def say(self, sound: bytes, pace_s: float = 0) -> None:
        for packet in packets(sound):
            await self.worker.queue_frame(InputAudioRawFrame(packet, RATE, 1))
            await asyncio.sleep(pace_s)

    @property
    def history(self) -> list[tuple[str, str]]:
        said: list[Any] = self.context.messages
        return [(message["role"], message["content"]) for message in said if isinstance(message.get("content"), str)]

    async def remembers(self, *expected: tuple[str, str]) -> None:
        try:
            await self.news.until(lambda: self.history[-len(expected) :] == list(expected))
        except AssertionError as error:
            raise AssertionError(self.history) from error


def _kind(frame: Frame) -> str:
    return type(frame).__name__


async def tell_weather(call: FunctionCallParams) -> None:
    await call.result_callback(f"Sun over {call.arguments['city']}")


@asynccontextmanager
async def talk_to(assistant: Assistant) -> AsyncGenerator[Talk]:
    assistant.change("llm", text="Hello.")
    talk = Talk(assistant)
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(talk.worker)
    running = asyncio.create_task(runner.run())
    try:
        await talk.worker.queue_frame(LLMRunFrame())
        await talk.remembers(*GREETING)
        yield talk
    finally:
        await talk.worker.cancel()
        await running
    assert not talk.news.of("ErrorFrame")


async def test_spoken_questions_are_answered_in_speech(assistant: Assistant) -> None:
    async with talk_to(assistant) as talk:
        said = list(GREETING)
        for question, answer in (("What is the capital of France?", "It is Paris."), ("And of Japan?", "It is Tokyo.")):
            assistant.change("stt", text=question)
            assistant.change("llm", text=answer)
            await talk.say(recorded(QUESTION))
            said += [("user", question), ("assistant", answer)]
            await talk.remembers(*said)
        assert sum(len(frame.audio) for frame in talk.news.of("TTSAudioRawFrame")) > 2 * RATE


async def test_words_are_shown_while_they_are_spoken(assistant: Assistant) -> None:
    async with talk_to(assistant) as talk:
        assistant.change("stt", text="What is the capital of France?")
        assistant.change("llm", text="It is Paris.")
        await talk.say(recorded(QUESTION), PACE_S)
        await talk.remembers(*GREETING, ("user", "What is the capital of France?"), ("assistant", "It is Paris."))
        assert "What is the capital of France" in [frame.text for frame in talk.shown.of("InterimTranscriptionFrame")]


async def test_talking_over_the_answer_stops_it(assistant: Assistant) -> None:
    async with talk_to(assistant) as talk:
        assistant.change("stt", text="Tell me a story.")
        assistant.change("llm", text=LONG_ANSWER)
        await talk.say(recorded(QUESTION))
        await talk.news.get("TTSStartedFrame", 2)
        await talk.remembers(("user", "Tell me a story."))  # pipecat writes it down about a second later
        assistant.change("stt", text="Stop.")
        assistant.change("llm", text="All right.")
        begin, rest = in_two(recorded(QUESTION))
        interruptions = len(talk.news.of("InterruptionFrame"))
        await talk.say(begin)
        await talk.news.get("InterruptionFrame", interruptions + 1)
        await talk.say(rest)
        await talk.remembers(("user", "Stop."), ("assistant", "All right."))
        assert talk.history[2] == ("user", "Tell me a story.")
        assert LONG_ANSWER.startswith(talk.history[3][1].strip())
        assert len(talk.history) == 6


async def test_a_function_is_called_and_its_result_is_told(assistant: Assistant) -> None:
    async with talk_to(assistant) as talk:
        assistant.change("stt", text="Please get weather for me.")
        assistant.change("llm", text="Sun over mock.")
        await talk.say(recorded(QUESTION))
        await talk.remembers(("assistant", "Sun over mock."))
        result: Any = await talk.news.get("FunctionCallResultFrame")
        assert (result.function_name, result.result) == ("get_weather", "Sun over mock")


async def test_items_can_be_asked_for_and_one_that_is_not_there_ends_nothing(assistant: Assistant) -> None:
    async with talk_to(assistant) as talk:
        with pytest.raises(Exception, match="no item"):
            await talk.llm.retrieve_conversation_item("nowhere")
        assistant.change("stt", text="What is the capital of France?")
        assistant.change("llm", text="It is Paris.")
        await talk.say(recorded(QUESTION))
        await talk.remembers(("user", "What is the capital of France?"), ("assistant", "It is Paris."))

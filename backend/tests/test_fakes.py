import asyncio
from contextlib import aclosing

import numpy as np
import pytest

from app.errors import ProviderTimeout
from app.ports import ChatRequest, TextDelta, Transcript
from tests.fakes import FakeLanguageModel, FakeSpeechToText, FakeTextToSpeech, FakeVoiceDetector

SECOND = np.ones(16_000, np.int16)
REQUEST = ChatRequest(messages=({"role": "user", "content": "Hi"},))


def test_a_fake_says_that_it_is_one() -> None:
    for fake in (FakeSpeechToText(), FakeLanguageModel(), FakeTextToSpeech()):
        assert fake.health().is_mock
        assert fake.health().provider == "fake"


async def test_answers_and_errors_are_used_up_in_order() -> None:
    stt = FakeSpeechToText("one", Transcript("two", "ja"))
    assert [(await stt.transcribe(SECOND, language=None)).text for _ in range(3)] == [
        "one",
        "two",
        "A fake heard 1.0 seconds.",
    ]
    stt.errors.append(ProviderTimeout("stt", "as told"))
    with pytest.raises(ProviderTimeout):
        await stt.transcribe(SECOND, language=None)
    assert len(stt.calls) == 4


async def test_answers_wait_at_the_gate() -> None:
    stt = FakeSpeechToText()
    stt.gate.clear()
    request = asyncio.create_task(stt.transcribe(SECOND, language=None))
    await stt.started.wait()
    assert not request.done()
    stt.gate.set()
    assert (await request).text


async def test_who_leaves_early_is_counted() -> None:
    llm = FakeLanguageModel("One two three.")
    async with aclosing(llm.stream(REQUEST)) as deltas:
        assert await anext(deltas) == TextDelta("One")
    assert llm.cancelled == 1


async def test_a_stream_can_break_off() -> None:
    llm = FakeLanguageModel([TextDelta("One"), ProviderTimeout("llm", "as told")])
    deltas = llm.stream(REQUEST)
    assert await anext(deltas) == TextDelta("One")
    with pytest.raises(ProviderTimeout):
        await anext(deltas)


def test_a_detector_can_be_told_what_to_say() -> None:
    detector = FakeVoiceDetector(0.7)
    assert [detector.probability(SECOND[:512]) for _ in range(2)] == [0.7, 0.02]

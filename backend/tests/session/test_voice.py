"""Voicing sentences: in order, whole, and with the rest from whoever answers when the voice breaks off."""

from collections.abc import AsyncGenerator, Sequence

import numpy as np
import pytest

from app.core.audio import Samples
from app.errors import ProviderGarbled, ProviderUnavailable, RequestError
from app.session.voice import Spoken, Voice
from tests.fakes import FakeTextToSpeech

RATE = 44_100
TEXT = "The first half goes here and the second half goes there."


class BreakingVoice:
    """Says so many milliseconds of its first text, then breaks off; speaks all later ones."""

    sample_rate = RATE

    def __init__(self, *, before_break_ms: int, breaks: int = 1) -> None:
        self.asked: list[str] = []
        self._before_ms, self._breaks = before_break_ms, breaks

    async def synthesize(self, text: str, *, voice: str | None) -> AsyncGenerator[Samples, None]:
        self.asked.append(text)
        if len(self.asked) <= self._breaks:
            if self._before_ms:
                yield np.ones(RATE * self._before_ms // 1000, np.int16)
            raise ProviderGarbled("tts", "it broke off")
        yield np.ones(RATE * len(text) * 65 // 1000, np.int16)

    async def voices(self) -> Sequence[str]:
        return ()


def drained(spoken: Spoken) -> list[Samples | Exception | None]:
    return [spoken.sound.get_nowait() for _ in range(spoken.sound.qsize())]


async def test_a_sentence_ends_with_nothing_after_its_sound() -> None:
    spoken = Spoken("Hello there.")
    assert await Voice(FakeTextToSpeech(), voice=None, language="en").speak(spoken)
    *sound, end = drained(spoken)
    assert end is None
    assert len(sound) == 8  # 12 characters of 60 ms in chunks of 100 ms


async def test_what_is_for_the_eye_is_not_said_and_bare_signs_are_silent() -> None:
    tts = FakeTextToSpeech()
    voice = Voice(tts, voice=None, language="en")
    bold, code, after = Spoken("This is **bold**."), Spoken("```\nprint(1)\n```"), Spoken("Done.")
    for spoken in (bold, code, after):
        assert await voice.speak(spoken)
    assert [text for text, _ in tts.calls] == ["This is bold.", "Done."]
    assert drained(code) == [None]


async def test_the_rest_of_a_sentence_that_broke_off_is_said_and_nothing_twice() -> None:
    tts = BreakingVoice(before_break_ms=len(TEXT) * 65 // 2)
    spoken = Spoken(TEXT)
    assert await Voice(tts, voice=None, language="en").speak(spoken)
    first, rest = tts.asked
    assert first.endswith(rest)
    assert rest.startswith(("the second", "and the second"))
    assert drained(spoken)[-1] is None


@pytest.mark.parametrize("speed", [0.5, 1.5])
async def test_where_a_sentence_broke_off_does_not_depend_on_the_speed(speed: float) -> None:
    asked = []
    for each in (speed, 1.0):
        tts = BreakingVoice(before_break_ms=len(TEXT) * 65 // 2)
        await Voice(tts, voice=None, language="en", speed=each).speak(Spoken(TEXT))
        asked.append(tts.asked)
    assert asked[0] == asked[1]


@pytest.mark.parametrize("speed", [0.25, 0.8, 1.5])
async def test_a_sentence_takes_as_long_as_its_speed_says(speed: float) -> None:
    spoken = Spoken("Hello there.")
    assert await Voice(FakeTextToSpeech(), voice=None, language="en", speed=speed).speak(spoken)
    *sound, end = drained(spoken)
    assert end is None
    heard = np.concatenate([samples for samples in sound if isinstance(samples, np.ndarray)])
    assert heard.size / RATE == pytest.approx(12 * 0.060 / speed, rel=0.02)


async def test_a_voice_that_died_after_the_last_word_has_said_it_all() -> None:
    tts = BreakingVoice(before_break_ms=len(TEXT) * 65 - 40)
    assert await Voice(tts, voice=None, language="en").speak(Spoken(TEXT))
    assert all(any(char.isalnum() for char in asked) for asked in tts.asked)


async def test_a_voice_that_never_began_has_failed() -> None:
    tts = FakeTextToSpeech()
    error = ProviderUnavailable("tts", "connection refused")
    tts.errors.append(error)
    spoken = Spoken("Hello.")
    assert not await Voice(tts, voice=None, language="en").speak(spoken)
    assert drained(spoken) == [error]
    assert len(tts.calls) == 1


async def test_a_voice_that_breaks_off_twice_has_failed() -> None:
    tts = BreakingVoice(before_break_ms=500, breaks=2)
    spoken = Spoken(TEXT)
    assert not await Voice(tts, voice=None, language="en").speak(spoken)
    assert isinstance(drained(spoken)[-1], ProviderGarbled)


async def test_a_voice_that_has_gone_is_replaced_by_the_default_one() -> None:
    tts = FakeTextToSpeech("anna")
    voice = Voice(tts, voice="bert", language="en")
    for text in ("One.", "Two."):
        assert await voice.speak(Spoken(text))
    assert tts.calls == [("One.", "bert"), ("One.", None), ("Two.", None)]


async def test_a_request_that_no_voice_understands_is_our_mistake() -> None:
    tts = FakeTextToSpeech()
    tts.errors.append(RequestError("no"))
    with pytest.raises(RequestError):
        await Voice(tts, voice=None, language="en").speak(Spoken("One."))

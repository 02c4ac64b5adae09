import asyncio
import re

import numpy as np
import pytest

from app.core.audio import Samples
from app.ports import SpeechToText


async def test_a_transcript_is_one_line_with_what_is_known_of_it(stt: SpeechToText, question: Samples) -> None:
    heard = await stt.transcribe(question, language="en")
    assert heard.text
    assert heard.text == " ".join(heard.text.split())
    assert heard.language in (None, "en")
    assert heard.avg_logprob is None or heard.avg_logprob <= 0
    assert heard.no_speech_prob is None or 0 <= heard.no_speech_prob <= 1


async def test_without_a_language_it_is_detected_and_told_as_a_code(stt: SpeechToText, question: Samples) -> None:
    heard = await stt.transcribe(question, language=None)
    assert heard.language is not None
    assert re.fullmatch("[a-z]{2,3}", heard.language)


async def test_a_sound_too_short_for_words_is_no_error(stt: SpeechToText) -> None:
    heard = await stt.transcribe(np.zeros(800, np.int16), language="en")
    assert heard.text == ""
    assert heard.avg_logprob is None


async def test_a_cancelled_request_leaves_the_next_one_alone(stt: SpeechToText, question: Samples) -> None:
    first = asyncio.create_task(stt.transcribe(question, language="en"))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert (await stt.transcribe(question, language="en", prompt="A question.")).text

from contextlib import aclosing

import numpy as np
import pytest

from app.core.audio import Samples, energy_dbfs
from app.errors import RequestError
from app.ports import TextToSpeech

SENTENCE = "The capital of France is Paris."


async def speak(tts: TextToSpeech, text: str, voice: str | None = None) -> Samples:
    pieces = [piece async for piece in tts.synthesize(text, voice=voice)]
    assert all(piece.dtype == np.int16 and piece.ndim == 1 and piece.size for piece in pieces)
    return np.concatenate(pieces)


async def test_a_sentence_becomes_sound_of_a_plausible_length(tts: TextToSpeech) -> None:
    sound = await speak(tts, SENTENCE)
    assert 0.8 <= sound.size / tts.sample_rate <= 6
    assert energy_dbfs(sound) > -45


async def test_a_longer_text_takes_longer(tts: TextToSpeech) -> None:
    assert (await speak(tts, f"{SENTENCE} {SENTENCE}")).size > 1.3 * (await speak(tts, SENTENCE)).size


async def test_every_listed_voice_speaks(tts: TextToSpeech) -> None:
    for voice in await tts.voices():
        assert (await speak(tts, "Yes.", voice)).size


async def test_an_unknown_voice_is_the_callers_mistake(tts: TextToSpeech) -> None:
    known = (await tts.voices())[0]
    with pytest.raises(RequestError, match=known) as raised:
        await speak(tts, "Yes.", "nobody")
    assert (raised.value.code, raised.value.param) == ("unknown_voice", "voice")


async def test_a_sentence_closed_early_leaves_the_next_one_alone(tts: TextToSpeech) -> None:
    async with aclosing(tts.synthesize(f"{SENTENCE} {SENTENCE}", voice=None)) as pieces:
        assert (await anext(pieces)).size
    assert (await speak(tts, "Yes.")).size

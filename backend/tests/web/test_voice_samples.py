"""A sentence of each voice: made once, one at a time, remembered for a while and within bounds."""

import asyncio
import io
import wave

import numpy as np
import pytest

from app.errors import ProviderTimeout, ProviderUnavailable
from app.web import voice_samples
from app.web.listing import Voices
from app.web.voice_samples import MOST, REMEMBERED_S, SENTENCES, VoiceSamples
from tests.fakes import MS_PER_CHARACTER, FakeTextToSpeech
from tests.web.serving import FakeProviders, calling, make_backend


def samples_of(tts: FakeTextToSpeech, *, now: list[float] | None = None) -> VoiceSamples:
    now = now or [0.0]
    return VoiceSamples(tts, Voices(tts, lambda: now[0]), lambda: now[0])


@pytest.mark.parametrize(
    ("query", "text"), [("", SENTENCES["en"]), ("?language=en", SENTENCES["en"]), ("?language=ja", SENTENCES["ja"])]
)
async def test_a_sample_is_a_wav_of_one_sentence_in_that_voice(query: str, text: str) -> None:
    providers = FakeProviders()
    providers.tts = FakeTextToSpeech("anna", "bert")
    async with calling(make_backend(providers)) as client:
        answer = await client.get(f"/v1/voices/bert/sample{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/wav")
    with wave.open(io.BytesIO(answer.content)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 44_100)
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert sound.size == 44_100 * MS_PER_CHARACTER * len(text) // 1000
    assert providers.tts.calls == [(text, "bert")]


@pytest.mark.parametrize(
    ("path", "status", "code", "param"),
    [
        ("/v1/voices/nobody/sample?language=en", 404, "voice_not_found", "id"),
        ("/v1/voices/fake/sample?language=de", 400, "invalid_value", "language"),
        ("/v1/voices/nobody/sample?language=", 400, "invalid_value", "language"),
    ],
)
async def test_what_there_is_not_is_said(path: str, status: int, code: str, param: str) -> None:
    providers = FakeProviders()
    async with calling(make_backend(providers)) as client:
        answer = await client.get(path)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (status, code, param)
    assert not providers.tts.calls


async def test_a_voice_that_fails_has_the_status_of_its_failure_and_nothing_is_remembered() -> None:
    providers = FakeProviders()
    providers.tts.errors.append(ProviderUnavailable("tts", "connection refused"))
    async with calling(make_backend(providers)) as client:
        statuses = [(await client.get("/v1/voices/fake/sample")).status_code for _ in range(2)]
    assert statuses == [503, 200]


async def test_a_sample_is_made_once_until_it_is_old() -> None:
    tts, now = FakeTextToSpeech(), [0.0]
    samples = samples_of(tts, now=now)
    assert await samples.sample("fake", "en") == await samples.sample("fake", "en")
    now[0] = REMEMBERED_S - 1
    await samples.sample("fake", "en")
    assert len(tts.calls) == 1
    now[0] = REMEMBERED_S
    await samples.sample("fake", "en")
    assert len(tts.calls) == 2


async def test_only_so_many_are_remembered_and_the_oldest_go_first() -> None:
    tts = FakeTextToSpeech(*(f"voice {number}" for number in range(MOST + 1)))
    samples = samples_of(tts)
    for name in tts.names:
        await samples.sample(name, "en")
    await samples.sample(tts.names[-1], "en")
    assert len(tts.calls) == MOST + 1
    await samples.sample(tts.names[0], "en")
    assert len(tts.calls) == MOST + 2


async def test_one_is_made_at_a_time_and_who_asks_for_the_same_gets_the_same() -> None:
    tts = FakeTextToSpeech("anna", "bert")
    tts.gate.clear()
    samples = samples_of(tts)
    asking = [asyncio.create_task(samples.sample(voice, "en")) for voice in ("anna", "anna", "bert")]
    await tts.started.wait()
    for _ in range(5):
        await asyncio.sleep(0)
    assert len(tts.calls) == 1
    tts.gate.set()
    first, second, _ = await asyncio.gather(*asking)
    assert first == second
    assert [voice for _, voice in tts.calls] == ["anna", "bert"]


async def test_who_waits_too_long_is_told_so_and_the_next_may_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice_samples, "PATIENCE_S", 0.05)
    tts = FakeTextToSpeech()
    tts.gate.clear()
    samples = samples_of(tts)
    for _ in range(2):
        with pytest.raises(ProviderTimeout):
            await samples.sample("fake", "en")
    assert tts.cancelled == 2
    tts.gate.set()
    assert await samples.sample("fake", "en")

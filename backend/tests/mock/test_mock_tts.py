import io
import time

import httpx
import msgpack
import numpy as np
import pytest
import soundfile

from app.mock.servers import MockServers
from app.mock.sound import SAMPLE_RATE, speak, syllables_in

ENGLISH = "The capital of France is the city of Paris."


async def test_a_stream_is_headerless_samples_from_the_first_loud_one(
    mocks: MockServers, client: httpx.AsyncClient
) -> None:
    body = {"text": ENGLISH, "streaming": True, "format": "wav"}

    response = await client.post(f"{mocks.tts.url}/v1/tts", json=body)

    assert response.headers["content-type"] == "audio/wav"
    assert response.content[:4] != b"RIFF"
    samples = np.frombuffer(response.content, "<i2")
    assert abs(int(samples[0])) > 5000
    assert len(samples) / SAMPLE_RATE == pytest.approx(len(ENGLISH) / 14, rel=0.1)


async def test_msgpack_asks_for_the_same(mocks: MockServers, client: httpx.AsyncClient) -> None:
    body = msgpack.packb({"text": ENGLISH, "streaming": True, "references": []})

    response = await client.post(
        f"{mocks.tts.url}/v1/tts", content=body, headers={"content-type": "application/msgpack"}
    )

    assert response.content == speak(ENGLISH)


@pytest.mark.parametrize("style", ["wav", "mp3"])
async def test_a_file_can_be_read_back(mocks: MockServers, client: httpx.AsyncClient, style: str) -> None:
    response = await client.post(f"{mocks.tts.url}/v1/tts", json={"text": ENGLISH, "format": style})

    assert response.headers["content-disposition"] == f"attachment; filename=audio.{style}"
    samples, rate = soundfile.read(io.BytesIO(response.content))
    assert rate == SAMPLE_RATE
    assert len(samples) == pytest.approx(len(speak(ENGLISH)) / 2, rel=0.02)


def test_japanese_takes_a_seventh_of_a_second_per_mora() -> None:
    assert syllables_in("きょうはいいてんきです。") == (10, True)
    assert len(speak("きょうはいいてんきです。")) / 2 / SAMPLE_RATE == pytest.approx(10 / 7, rel=0.001)


def test_the_sound_is_in_syllables_with_a_moving_pitch_and_ends_softly() -> None:
    samples = np.frombuffer(speak(ENGLISH), "<i2").astype(float)
    size = SAMPLE_RATE // 50
    loudness = np.abs(samples[: len(samples) // size * size]).reshape(-1, size).max(axis=1)
    rises = np.sum((loudness[1:] > 6000) & (loudness[:-1] <= 6000))
    spectrum = np.abs(np.fft.rfft(samples[: SAMPLE_RATE // 2]))

    assert rises == pytest.approx(syllables_in(ENGLISH)[0], abs=2)
    assert np.sum(spectrum > spectrum.max() / 20) > 20
    assert abs(samples[-10:]).max() < 1500


def test_a_very_long_text_is_spoken_to_its_end() -> None:
    assert len(speak("word " * 400)) / 2 / SAMPLE_RATE == pytest.approx(2000 / 14, rel=0.01)


def test_an_empty_text_is_a_short_sound() -> None:
    assert len(speak("")) == len(speak("abc"))


async def test_chunks_do_not_come_before_their_time(mocks: MockServers, client: httpx.AsyncClient) -> None:
    mocks.tts.change(first_chunk_ms=60, rate=20, chunk_ms=500)
    steps = (len(speak(ENGLISH)) - 1) // SAMPLE_RATE  # half a second of samples is SAMPLE_RATE bytes
    began = time.perf_counter()

    async with client.stream("POST", f"{mocks.tts.url}/v1/tts", json={"text": ENGLISH, "streaming": True}) as response:
        chunks = response.aiter_raw()
        await anext(chunks)
        first_ms = (time.perf_counter() - began) * 1000
        async for _ in chunks:
            pass
    whole_ms = (time.perf_counter() - began) * 1000

    assert first_ms >= 59
    assert whole_ms >= 59 + steps * 500 / 20


async def test_borders_may_fall_inside_samples_and_a_header_may_come(
    mocks: MockServers, client: httpx.AsyncClient
) -> None:
    mocks.tts.change(odd_chunks=True, riff_header=True)
    body = {"text": ENGLISH, "streaming": True}

    response = await client.post(f"{mocks.tts.url}/v1/tts", json=body)

    assert response.content[:4] == b"RIFF"
    assert response.content[44:] == speak(ENGLISH)


async def test_voices_are_msgpack_unless_json_is_asked_for(mocks: MockServers, client: httpx.AsyncClient) -> None:
    mocks.tts.change(voices=("aoi", "mock"))
    url = f"{mocks.tts.url}/v1/references/list"

    plain = await client.get(url)
    assert plain.headers["content-type"] == "application/msgpack"
    assert msgpack.unpackb(plain.content)["reference_ids"] == ["aoi", "mock"]
    assert (await client.get(f"{url}?format=json")).json()["reference_ids"] == ["aoi", "mock"]
    assert (await client.get(url, headers={"accept": "application/json"})).json()["success"] is True


async def test_an_unknown_voice_is_refused_unless_told_otherwise(mocks: MockServers, client: httpx.AsyncClient) -> None:
    body = {"text": ENGLISH, "reference_id": "nobody"}

    refused = await client.post(f"{mocks.tts.url}/v1/tts", json=body)
    assert refused.status_code == 404
    assert refused.json() == {"statusCode": 404, "message": "Unknown reference_id: nobody", "error": "Not Found"}

    mocks.tts.change(unknown_voice="random")
    assert (await client.post(f"{mocks.tts.url}/v1/tts", json=body)).status_code == 200


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"{", 400),
        ("application/json", b"{}", 422),
        ("application/json", b'{"text": "a", "format": "flac"}', 422),
        ("application/json", b'{"text": "a", "format": "pcm"}', 500),
        ("application/json", b'{"text": "a", "format": "mp3", "streaming": true}', 400),
        ("application/msgpack", b"\xc1", 500),
        ("text/plain", b"a", 415),
    ],
)
async def test_errors(
    mocks: MockServers, client: httpx.AsyncClient, content_type: str, body: bytes, status: int
) -> None:
    headers = {"content-type": content_type}

    response = await client.post(f"{mocks.tts.url}/v1/tts", content=body, headers=headers)

    assert response.status_code == status
    assert isinstance(response.json(), list) if status == 422 else response.json()["statusCode"] == status


async def test_it_says_that_it_is_a_mock(mocks: MockServers, client: httpx.AsyncClient) -> None:
    assert (await client.get(f"{mocks.tts.url}/v1/health")).json() == {"status": "ok", "is_mock": True}

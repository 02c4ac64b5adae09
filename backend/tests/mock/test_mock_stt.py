import asyncio
import io
import time
import wave
from typing import Any

import httpx
import pytest

from app.mock.servers import MockServers


def wav(seconds: float) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(16_000)
        writer.writeframes(b"\0\0" * round(16_000 * seconds))
    return file.getvalue()


async def infer(client: httpx.AsyncClient, mocks: MockServers, seconds: float = 1.9, **fields: Any) -> httpx.Response:
    files = {"file": ("audio.wav", wav(seconds), "audio/wav")}
    return await client.post(f"{mocks.stt.url}/inference", files=files, data=fields)


async def test_the_text_tells_the_length(mocks: MockServers, client: httpx.AsyncClient) -> None:
    response = await infer(client, mocks, 1.9)

    assert response.json() == {"text": " This is a mock transcript of 1.9 seconds.\n"}
    assert response.headers["x-kaiwa-mock"] == "1"


async def test_the_text_is_in_the_language_asked_for(mocks: MockServers, client: httpx.AsyncClient) -> None:
    mocks.stt.change(detected_language="ja")
    japanese = {"text": " これは2.0秒の模擬の文字起こしです。\n"}

    assert (await infer(client, mocks, 2.0, language="ja")).json() == japanese
    assert (await infer(client, mocks, 2.0, language="auto")).json() == japanese
    assert "mock" in (await infer(client, mocks, 2.0, language="en")).json()["text"]


async def test_less_than_a_tenth_of_a_second_is_no_text(mocks: MockServers, client: httpx.AsyncClient) -> None:
    assert (await infer(client, mocks, 0.05)).json() == {"text": ""}


@pytest.mark.parametrize(
    ("style", "content_type", "body"),
    [
        ("text", "text/html; charset=utf-8", " Hello.\n"),
        ("srt", "application/x-subrip", "1\n00:00:00,000 --> 00:01:01,500\n Hello.\n\n"),
        ("vtt", "text/vtt", "WEBVTT\n\n00:00:00.000 --> 00:01:01.500\n Hello.\n\n"),
        ("other", "application/json; charset=utf-8", '{"text": " Hello.\\n"}'),
    ],
)
async def test_other_formats(
    mocks: MockServers, client: httpx.AsyncClient, style: str, content_type: str, body: str
) -> None:
    mocks.stt.change(text="Hello.")

    response = await infer(client, mocks, 61.5, response_format=style)

    assert (response.headers["content-type"], response.text) == (content_type, body)


async def test_verbose_json_tells_its_confidence(mocks: MockServers, client: httpx.AsyncClient) -> None:
    mocks.stt.change(text="Hello.", no_speech_prob=0.7)

    verbose = (await infer(client, mocks, 2.0, response_format="verbose_json", temperature="0.2")).json()

    assert (verbose["task"], verbose["language"], verbose["duration"]) == ("transcribe", "english", 2.0)
    assert verbose["detected_language"] == "english"
    segment = verbose["segments"][0]
    assert (segment["start"], segment["end"], segment["text"]) == (0.0, 2.0, " Hello.")
    assert (segment["no_speech_prob"], segment["avg_logprob"], segment["temperature"]) == (0.7, -0.2, 0.2)


async def test_an_unknown_confidence_is_left_out(mocks: MockServers, client: httpx.AsyncClient) -> None:
    mocks.stt.change(no_speech_prob=None, avg_logprob=None)
    fields: dict[str, Any] = {
        "response_format": "verbose_json",
        "no_language_probabilities": "true",
        "no_timestamps": "true",
    }

    verbose = (await infer(client, mocks, **fields)).json()

    assert not {"no_speech_prob", "avg_logprob", "start", "end"} & set(verbose["segments"][0])
    assert "detected_language" not in verbose


async def test_long_text_is_wrapped_inside_words_unless_asked_not_to(
    mocks: MockServers, client: httpx.AsyncClient
) -> None:
    text = "abcdefghi " * 8
    mocks.stt.change(text=text)

    assert (await infer(client, mocks)).json()["text"] == f" {text[:59]}\n{text[59:]}\n"
    remedies: list[dict[str, Any]] = [{"no_timestamps": "true"}, {"token_timestamps": "false"}, {"max_len": "4000"}]
    for remedy in remedies:
        assert (await infer(client, mocks, **remedy)).json()["text"] == f" {text}\n"


@pytest.mark.parametrize(
    ("request_of", "status", "body"),
    [
        ({"files": {"file": ("a.wav", b"junk")}}, 400, "Invalid request"),
        ({"files": {"file": ("a.wav", wav(0))}}, 400, "Invalid request"),
        ({"files": {"other": ("a.wav", wav(1))}}, 400, "Invalid request"),
        ({"content": wav(1)}, 400, "Invalid request"),
        ({"json": {"file": "x"}}, 400, "Invalid request"),
        ({"files": {"file": wav(1)}, "data": {"temperature": "hot"}}, 500, "500 Internal Server Error\nstof"),
    ],
)
async def test_errors_are_plain_text(
    mocks: MockServers, client: httpx.AsyncClient, request_of: dict[str, Any], status: int, body: str
) -> None:
    response = await client.post(f"{mocks.stt.url}/inference", **request_of)

    assert (response.status_code, response.text) == (status, body)
    assert response.headers["content-type"] == "text/plain"


async def test_other_errors(mocks: MockServers, client: httpx.AsyncClient) -> None:
    missing = await client.get(f"{mocks.stt.url}/inference")
    assert (missing.status_code, missing.text) == (404, "File Not Found (/inference)")

    unknown = await infer(client, mocks, response_format="verbose_json", language="xx")
    assert (unknown.status_code, unknown.json()) == (500, {"error": "failed to process audio"})


async def test_serial_requests_wait_for_each_other(mocks: MockServers, client: httpx.AsyncClient) -> None:
    mocks.stt.change(serial=True, delay_ms=60)
    began = time.perf_counter()

    await asyncio.gather(*(infer(client, mocks) for _ in range(3)))

    assert (time.perf_counter() - began) * 1000 >= 178


async def test_it_says_that_it_is_a_mock(mocks: MockServers, client: httpx.AsyncClient) -> None:
    assert (await client.get(f"{mocks.stt.url}/health")).json() == {"status": "ok", "is_mock": True}

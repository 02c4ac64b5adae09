import io
import json
import wave
from email import message_from_bytes
from typing import Any

import numpy as np
import pytest

from app.errors import ProviderGarbled, ProviderRefused
from app.providers.http import ProviderLoading
from app.providers.languages import language_code
from app.providers.whisper_cpp import WhisperCpp
from tests.providers.conftest import Connect
from tests.providers.raw_server import RawServer, reply

SOUND = np.arange(-800, 800, dtype=np.int16)


def verbose(*segments: dict[str, Any], **fields: Any) -> list[bytes]:
    return reply(json.dumps({"task": "transcribe", "text": "not this", "segments": segments, **fields}).encode())


def form(server: RawServer) -> dict[str, bytes]:
    head = next(line for line in server.heads[0].split("\r\n") if line.startswith("content-type"))
    message = message_from_bytes(head.encode() + b"\r\n\r\n" + server.bodies[0])
    parts: Any = message.get_payload()
    return {part.get_param("name", header="content-disposition"): part.get_payload(decode=True) for part in parts}


async def test_the_form_asks_for_what_live_voice_needs(connect: Connect) -> None:
    async with RawServer(verbose()) as server:
        await WhisperCpp(connect("stt", f"{server.url}/inference")).transcribe(SOUND, language="ja", prompt="会話")
        fields = form(server)
        assert server.heads[0].startswith("POST /inference ")
    sound = fields.pop("file")
    assert {name: value.decode() for name, value in fields.items()} == {
        "response_format": "verbose_json",
        "temperature": "0.0",
        "temperature_inc": "0",
        "no_timestamps": "true",
        "no_language_probabilities": "true",
        "language": "ja",
        "prompt": "会話",
    }
    with wave.open(io.BytesIO(sound)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        assert np.array_equal(np.frombuffer(file.readframes(9999), "<i2"), SOUND)


async def test_no_language_means_detect_it(connect: Connect) -> None:
    async with RawServer(verbose()) as server:
        await WhisperCpp(connect("stt", server.url)).transcribe(SOUND, language=None)
        assert form(server)["language"] == b"auto"
        assert "prompt" not in form(server)


async def test_wrapped_words_are_made_whole_again(connect: Connect) -> None:
    segments = ({"text": " The transc"}, {"text": "ription\n goes  on. "})
    async with RawServer(verbose(*segments, language="english")) as server:
        heard = await WhisperCpp(connect("stt", server.url)).transcribe(SOUND, language=None)
    assert (heard.text, heard.language) == ("The transcription goes on.", "en")


async def test_probabilities_are_weighted_by_tokens(connect: Connect) -> None:
    segments = (
        {"text": "a", "tokens": [1, 2, 3], "avg_logprob": -0.1, "no_speech_prob": 0.0},
        {"text": "b", "tokens": [1], "avg_logprob": -0.5, "no_speech_prob": 0.4},
    )
    async with RawServer(verbose(*segments)) as server:
        heard = await WhisperCpp(connect("stt", server.url)).transcribe(SOUND, language="en")
    assert heard.avg_logprob == pytest.approx(-0.2)
    assert heard.no_speech_prob == pytest.approx(0.1)


async def test_what_the_server_does_not_know_is_unknown(connect: Connect) -> None:
    segments = ({"text": "Hm.", "avg_logprob": None}, {"text": "", "avg_logprob": float("nan")})
    async with RawServer(verbose(*segments, language="klingon")) as server:
        heard = await WhisperCpp(connect("stt", server.url)).transcribe(SOUND, language=None)
    assert (heard.language, heard.avg_logprob, heard.no_speech_prob) == (None, None, None)


async def test_a_plain_answer_will_do_too(connect: Connect) -> None:
    async with RawServer(reply(b'{"text": " Hello\\n there\\n"}')) as server:
        assert (await WhisperCpp(connect("stt", server.url)).transcribe(SOUND, language="en")).text == "Hello there"


async def test_an_answer_without_text_is_garbled(connect: Connect) -> None:
    async with RawServer(reply(b'{"error": "what"}')) as server:
        with pytest.raises(ProviderGarbled, match="no text"):
            await WhisperCpp(connect("stt", server.url)).transcribe(SOUND, language="en")


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (400, b"Invalid request", "stt: status 400: Invalid request"),
        (500, b"500 Internal Server Error\nstof", "stt: status 500: stof"),
        (500, b'{"error":"failed to process audio"}', 'stt: status 500: {"error":"failed to process audio"}'),
        (500, b"", "stt: status 500"),
    ],
)
async def test_errors_of_any_shape_are_refusals(connect: Connect, status: int, body: bytes, said: str) -> None:
    async with RawServer(reply(body, status, "text/plain")) as server:
        with pytest.raises(ProviderRefused) as raised:
            await WhisperCpp(connect("stt", server.url)).transcribe(SOUND, language="en")
        assert str(raised.value) == said


@pytest.mark.parametrize(("path", "health"), [("/inference", "/health"), ("/asr/inference", "/asr/health")])
async def test_health_is_beside_the_endpoint_and_tells_a_mock(connect: Connect, path: str, health: str) -> None:
    async with RawServer(reply(b'{"status":"ok","is_mock":true}')) as server:
        said = await WhisperCpp(connect("stt", f"{server.url}{path}")).probe()
        assert server.heads[0].startswith(f"GET {health} ")
    assert (said.is_mock, said.model) == (True, None)


async def test_not_found_means_loading(connect: Connect) -> None:
    async with RawServer(reply(b"File Not Found (/health)", 404, "text/plain")) as server:
        with pytest.raises(ProviderLoading):
            await WhisperCpp(connect("stt", f"{server.url}/inference")).probe()


@pytest.mark.parametrize(
    ("name", "code"),
    [("japanese", "ja"), ("English", "en"), ("haitian creole", "ht"), ("yue", "yue"), ("", None), (None, None)],
)
def test_languages_have_codes(name: str | None, code: str | None) -> None:
    assert language_code(name) == code

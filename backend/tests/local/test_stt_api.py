"""The routes of speech recognition over a stand-in for whisper; the real one is asked in test_stt_server."""

import asyncio
from collections.abc import AsyncIterator
from threading import Event
from typing import Any

import httpx
import pytest

from app.local.resampling import Samples
from app.local.stt.api import MAX_BODY_BYTES, MAX_CALLERS, build
from app.local.stt.fields import Options
from app.local.stt.whisper import ProcessingError, Transcript
from tests.local.model_server import SPEECH

QUESTION = (SPEECH / "question_en.wav").read_bytes()


class FakeWhisper:
    """Hears nothing; can be held up, and can fail."""

    def __init__(self) -> None:
        self.free = Event()
        self.free.set()
        self.error: Exception | None = None
        self.asked: list[Options] = []

    def knows(self, language: str) -> bool:
        return language in ("auto", "en", "ja")

    def transcribe(self, samples: Samples, options: Options, gone: Event) -> Transcript:
        self.asked.append(options)
        assert self.free.wait(30)
        if self.error:
            raise self.error
        return Transcript(samples.size / 16_000, "english", ())


@pytest.fixture
def whisper() -> FakeWhisper:
    return FakeWhisper()


@pytest.fixture
async def client(whisper: FakeWhisper) -> AsyncIterator[httpx.AsyncClient]:
    app: Any = build(whisper)  # type: ignore[arg-type]  # it has all that the routes use
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def ask(client: httpx.AsyncClient, upload: bytes = QUESTION, **fields: str) -> httpx.Response:
    return await client.post("/inference", files={"file": ("a.wav", upload)}, data=fields)


async def test_the_fields_reach_whisper(client: httpx.AsyncClient, whisper: FakeWhisper) -> None:
    answer = await ask(client, language="ja", prompt="富士山", temperature_inc="0")
    assert answer.status_code == 200
    assert whisper.asked[0].language == "ja"
    assert whisper.asked[0].params["initial_prompt"] == "富士山"
    assert whisper.asked[0].params["temperature_inc"] == 0


@pytest.mark.parametrize("upload", [b"", b"no sound", QUESTION[:44]])
async def test_an_upload_without_sound_is_invalid(client: httpx.AsyncClient, upload: bytes) -> None:
    answer = await ask(client, upload)
    assert (answer.status_code, answer.text) == (400, "Invalid request")
    assert answer.headers["content-type"].startswith("text/plain")


async def test_a_request_that_is_no_form_with_a_file_is_invalid(client: httpx.AsyncClient) -> None:
    kind = {"content-type": "multipart/form-data; boundary=x"}
    for answer in (
        await client.post("/inference", json={"file": "a"}),
        await client.post("/inference", content=QUESTION),
        await client.post("/inference", files={"other": b"a"}),
        await client.post("/inference", content=b"--x\r\nbroken", headers=kind),
        await client.post("/inference", content=QUESTION, headers={"content-type": "multipart/form-data"}),
        await ask(client, language="klingon"),
    ):
        assert (answer.status_code, answer.text) == (400, "Invalid request")


async def test_an_upload_over_the_limit_is_refused_unread(client: httpx.AsyncClient) -> None:
    kind = {"content-type": "multipart/form-data; boundary=x", "content-length": str(MAX_BODY_BYTES + 1)}
    assert (await client.post("/inference", content=b"x", headers=kind)).status_code == 400


async def test_a_number_that_is_none_is_the_real_one_s_failure(client: httpx.AsyncClient) -> None:
    answer = await ask(client, temperature="warm")
    assert (answer.status_code, answer.text) == (500, "500 Internal Server Error\nstof")


async def test_a_failed_inference_is_said_in_json(client: httpx.AsyncClient, whisper: FakeWhisper) -> None:
    whisper.error = ProcessingError()
    answer = await ask(client)
    assert (answer.status_code, answer.json()) == (500, {"error": "failed to process audio"})


async def test_an_unforeseen_failure_is_no_traceback(client: httpx.AsyncClient, whisper: FakeWhisper) -> None:
    whisper.error = RuntimeError("secret")
    answer = await ask(client)
    assert (answer.status_code, answer.text) == (500, "500 Internal Server Error")


async def test_unknown_paths_and_methods_are_not_found(client: httpx.AsyncClient) -> None:
    for path in ("/nothing", "/inference"):
        answer = await client.get(path)
        assert (answer.status_code, answer.text) == (404, f"File Not Found ({path})")


async def test_health_answers_while_whisper_is_busy_and_a_full_line_is_said(
    client: httpx.AsyncClient, whisper: FakeWhisper
) -> None:
    whisper.free.clear()
    waiting = [asyncio.ensure_future(ask(client)) for _ in range(MAX_CALLERS + 1)]
    first, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    refused = first.pop().result()
    assert refused.status_code == 503
    assert refused.text.startswith("busy")
    assert (await client.get("/health")).json() == {"status": "ok"}
    whisper.free.set()
    answers = await asyncio.gather(*waiting)
    assert sorted(answer.status_code for answer in answers) == [200] * MAX_CALLERS + [503]

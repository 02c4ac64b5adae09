from collections.abc import AsyncIterator
from typing import Any

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from app.errors import ProviderTimeout, ProviderUnavailable
from app.web.body import MOST_BYTES
from tests.web.serving import FakeProviders, calling, make_backend


async def test_every_answer_has_an_id_and_a_sane_one_is_kept() -> None:
    async with calling(make_backend()) as client:
        assert (await client.get("/health")).headers["x-request-id"].startswith("req_")
        kept = await client.get("/health", headers={"X-Request-Id": "abc-1.2:3_4"})
        assert kept.headers["x-request-id"] == "abc-1.2:3_4"
        for insane in ("a b", "x" * 129, '"'):
            replaced = await client.get("/nothing", headers={"X-Request-Id": insane})
            assert replaced.headers["x-request-id"].startswith("req_")


async def test_a_request_is_one_line_with_its_id_and_without_its_keys() -> None:
    headers = {"Authorization": "Bearer secret-in-a-header", "X-Request-Id": "mine"}
    async with calling(make_backend()) as client:
        with capture_logs([merge_contextvars]) as lines:
            await client.get("/v1/voices?key=secret-in-the-address", headers=headers)
    assert [(line["event"], line["path"], line["status"], line["request_id"]) for line in lines] == [
        ("request.done", "/v1/voices", 200, "mine")
    ]
    assert "secret" not in str(lines)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/v1/nothing", 404, "not_found"),
        ("GET", "/../app/main.py", 404, "not_found"),
        ("GET", "/docs", 404, "not_found"),
        ("GET", "/openapi.json", 404, "not_found"),
        ("DELETE", "/health", 405, "method_not_allowed"),
        ("GET", "/v1/chat/completions", 405, "method_not_allowed"),
        ("POST", "/index.html", 405, "method_not_allowed"),
    ],
)
async def test_what_is_not_there_is_said_as_json(method: str, path: str, status: int, code: str) -> None:
    async with calling(make_backend()) as client:
        answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


async def test_what_nobody_foresaw_tells_the_caller_nothing_and_the_log_all() -> None:
    providers = FakeProviders()

    async def voices() -> Any:
        raise RuntimeError("the inside")

    providers.tts.voices = voices  # type: ignore[method-assign]
    with capture_logs() as lines:
        async with calling(make_backend(providers)) as client:
            answer = await client.get("/v1/voices")
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal_error"
    assert "inside" not in answer.text
    assert answer.headers["x-request-id"]
    assert "request.broke" in {line["event"] for line in lines}


@pytest.mark.parametrize(
    ("error", "status"),
    [(ProviderUnavailable("tts", "connection refused"), 503), (ProviderTimeout("tts", "no answer"), 504)],
)
async def test_a_providers_failure_has_its_own_status(error: Exception, status: int) -> None:
    providers = FakeProviders()

    async def voices() -> Any:
        raise error

    providers.tts.voices = voices  # type: ignore[method-assign]
    async with calling(make_backend(providers)) as client:
        answer = await client.get("/v1/voices")
    assert (answer.status_code, answer.json()["error"]["message"]) == (status, str(error))


async def test_a_body_is_bounded_whether_announced_or_not() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            sent.append(1)
            yield b" " * (MOST_BYTES // 10)

    sent: list[int] = []
    async with calling(make_backend()) as client:
        announced = await client.post("/v1/chat/completions", content=b" " * (MOST_BYTES + 1))
        streamed = await client.post("/v1/chat/completions", content=pieces())
    for refused in (announced, streamed):
        assert (refused.status_code, refused.json()["error"]["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"1" * 5000, b'{"a": NaN}', b"[]", b'"\\ud800"']
)
async def test_a_body_that_is_no_request_is_a_plain_refusal(body: bytes) -> None:
    async with calling(make_backend()) as client:
        answer = await client.post("/v1/chat/completions", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


async def test_voices_and_models_are_listed() -> None:
    async with calling(make_backend(tts_default_voice="fake")) as client:
        voices = (await client.get("/v1/voices")).json()
        models = (await client.get("/v1/models")).json()
    assert voices == {"object": "list", "data": [{"id": "fake", "object": "voice"}], "default": "fake"}
    assert [model["id"] for model in models["data"]] == ["fake"]

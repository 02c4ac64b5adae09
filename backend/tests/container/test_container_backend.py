"""What the container passes on, and how."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from app.web.body import MOST_BYTES
from app.web.headers import HEADERS
from tests.container.engine import container, docker
from tests.container.frontend import PLAIN, TLS, Frontend
from tests.container.programs import API_KEY
from tests.container.waiting import answered, until

KEY = {"Authorization": f"Bearer {API_KEY}"}


def socket(frontend: Frontend, origin: str = TLS, page: str | None = None) -> connect:
    """A browser's way to come in: its key is among the subprotocols."""
    return connect(
        f"{origin.replace('http', 'ws', 1)}/v1/realtime",
        ssl=frontend.trust if origin == TLS else None,
        origin=Origin(page or origin),
        subprotocols=[Subprotocol("realtime"), Subprotocol(f"openai-insecure-api-key.{API_KEY}")],
        proxy=None,
    )


async def read_until(connection: ClientConnection, last: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    while not events or events[-1]["type"] != last:
        events.append(json.loads(await connection.recv()))
        assert events[-1]["type"] != "error", events[-1]
    return events


@pytest.mark.parametrize("origin", [PLAIN, TLS])
async def test_a_typed_question_is_answered_in_sound(frontend: Frontend, origin: str) -> None:
    async with socket(frontend, origin) as connection:
        content = [{"type": "input_text", "text": "Are you there?"}]
        item = {"type": "message", "role": "user", "content": content}
        await connection.send(json.dumps({"type": "conversation.item.create", "item": item}))
        await connection.send(json.dumps({"type": "response.create"}))
        events = await read_until(connection, "response.done")

    assert connection.subprotocol == "realtime"
    assert [event["response"]["status"] for event in events if event["type"] == "response.done"] == ["completed"]
    assert any(event["type"] == "response.output_audio.delta" for event in events)


async def test_the_page_of_somebody_else_may_not_connect(frontend: Frontend) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with socket(frontend, page="https://elsewhere.example"):
            pass

    assert refused.value.response.status_code == 403
    assert json.loads(refused.value.response.body or b"")["error"]["code"] == "origin_not_allowed"


def test_an_answer_in_text_comes_piece_by_piece(browser: httpx.Client) -> None:
    came: list[float] = []
    with browser.stream("POST", "/v1/chat/completions", json=asking(words=6), headers=KEY) as answer:
        came.extend(time.monotonic() for _ in answer.iter_raw())

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert len(came) > 3
    assert came[-1] - came[0] > 0.05  # the mock takes 20 ms for a word


def test_who_leaves_ends_the_work(browser: httpx.Client, frontend: Frontend) -> None:
    def cancelled() -> int:
        counters = httpx.get(frontend.mocks, trust_env=False).json()["llm"]["counters"]
        return int(counters["cancelled"])

    before = cancelled()
    with browser.stream("POST", "/v1/chat/completions", json=asking(words=2000), headers=KEY) as answer:
        next(answer.iter_raw())

    until(lambda: cancelled() > before, "the language model is told")


def asking(words: int) -> dict[str, Any]:
    """A question that the mock answers in so many words, and in a stream."""
    content = "word " * words
    return {"model": "kaiwa", "stream": True, "messages": [{"role": "user", "content": content}]}


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_as_large_as_the_backend_takes_gets_there_and_no_larger_one(
    browser: httpx.Client, announced: bool
) -> None:
    def send(size: int) -> httpx.Response:
        body = b" " * size
        return browser.post("/v1/chat/completions", content=body if announced else iter([body]), headers=KEY)

    fits, does_not = send(MOST_BYTES), send(MOST_BYTES + 1)

    assert fits.json()["error"]["code"] == "invalid_json"
    assert does_not.status_code == 413
    assert does_not.json()["error"]["code"] == "body_too_large"


def test_who_signs_in_over_tls_gets_a_cookie_for_tls_only(browser: httpx.Client) -> None:
    signed_in = browser.post("/v1/sign-in", json={"key": API_KEY})

    assert signed_in.status_code == 204
    assert ("Secure" in signed_in.headers["set-cookie"]) == (browser.base_url.scheme == "https")
    if browser.base_url.scheme == "https":
        assert browser.get("/v1/models").is_success


def test_what_the_backend_says_is_not_said_twice(browser: httpx.Client) -> None:
    answer = browser.get("/health")

    assert answer.json()["providers"]["llm"]["is_mock"]
    assert {name: answer.headers.get_list(name) for name in HEADERS} == {name: [text] for name, text in HEADERS.items()}


@pytest.fixture(scope="module")
def lonely() -> Iterator[tuple[str, str]]:
    """Yields the address of a container with no backend, and its id."""
    with container("--publish", "127.0.0.1::5173", "--env", "BACKEND=127.0.0.1:9") as name:
        address = f"http://{docker('port', name, '5173')}"
        answered(f"{address}/")
        yield address, name


def test_a_backend_that_is_not_there_is_an_error_in_the_backends_words(lonely: tuple[str, str]) -> None:
    answer = httpx.get(f"{lonely[0]}/v1/models", trust_env=False)

    assert answer.status_code == 502
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["error"]["code"] == "backend_unavailable"
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


def test_no_key_gets_into_the_log_even_when_something_fails(lonely: tuple[str, str], frontend: Frontend) -> None:
    secret = "a-key-that-nobody-may-read"
    named = ("Authorization", "Cookie", "Sec-WebSocket-Protocol", "Referer")
    for address in (lonely[0], PLAIN):
        for path in ("/", "/v1/realtime", "/nothing"):
            httpx.get(f"{address}{path}?key={secret}", headers=dict.fromkeys(named, secret), trust_env=False)
    logs = docker("logs", lonely[1]) + docker("logs", frontend.name)

    assert '"status":502' in logs  # the failures themselves are told
    assert secret not in logs
    assert "/v1/realtime" not in logs

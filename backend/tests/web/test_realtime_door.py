import asyncio
import json
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from app import main
from app.session.client import Client
from app.session.session import Session
from app.wire.session_config import SessionConfig
from tests.web.serving import ADMIN_KEY, API_KEY, ELSEWHERE, calling, make_backend, running


def http_client(host: str, **options: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"http://{host}", trust_env=False, **options)


async def read_event(socket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(10):
        event: dict[str, Any] = json.loads(await socket.recv())
        return event


async def read_close(socket: ClientConnection) -> tuple[int, str]:
    """Read to the end; return how it ended."""
    with pytest.raises(ConnectionClosed) as closed:
        await _read_for_ever(socket)
    received = closed.value.rcvd
    assert received is not None
    return received.code, received.reason


async def _read_for_ever(socket: ClientConnection) -> None:
    async with asyncio.timeout(10):
        while True:
            await socket.recv()


async def status_of(address: str, **options: Any) -> tuple[int, str]:
    """Connect in vain; return the status and the error's code."""
    with pytest.raises(InvalidStatus) as refused:
        await connect(address, **options)
    return refused.value.response.status_code, json.loads(refused.value.response.body or b"")["error"]["code"]


def test_the_one_who_talks_is_a_real_session() -> None:
    assert vars(main)["Session"].__module__ == "app.session.session"


async def test_a_session_begins_with_the_model_that_was_named() -> None:
    async with running(make_backend()) as host, connect(f"ws://{host}/v1/realtime?model=gpt-realtime") as socket:
        created = await read_event(socket)
    assert created["type"] == "session.created"
    assert created["session"]["model"] == "gpt-realtime"
    assert created["session"]["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 512
    assert socket.response is not None
    assert socket.response.headers["x-request-id"].startswith("req_")


@pytest.mark.parametrize("offered", [["realtime"], ["x", "realtime", "openai-insecure-api-key.abc"]])
async def test_of_the_subprotocols_realtime_is_chosen_and_never_a_key(offered: list[Subprotocol]) -> None:
    async with running(make_backend()) as host, connect(f"ws://{host}/v1/realtime", subprotocols=offered) as socket:
        assert socket.subprotocol == "realtime"


async def test_who_has_no_key_is_told_so_before_there_is_a_socket() -> None:
    async with running(make_backend(**ELSEWHERE)) as host:
        assert await status_of(f"ws://{host}/v1/realtime") == (401, "key_needed")
        wrong = {"Authorization": "Bearer wrong"}
        assert await status_of(f"ws://{host}/v1/realtime", additional_headers=wrong) == (401, "wrong_key")


async def test_a_key_opens_as_header_as_subprotocol_and_as_cookie() -> None:
    async with running(make_backend(**ELSEWHERE)) as host:
        async with http_client(host) as client:
            cookie = (await client.post("/v1/sign-in", json={"key": API_KEY})).headers["set-cookie"].split(";")[0]
        ways: list[dict[str, Any]] = [
            {"additional_headers": {"Authorization": f"Bearer {API_KEY}"}},
            {"additional_headers": {"Authorization": f"Bearer {ADMIN_KEY}"}},
            {"additional_headers": {"Cookie": cookie}},
            {"subprotocols": ["realtime", f"openai-insecure-api-key.{API_KEY}"]},
        ]
        for way in ways:
            async with connect(f"ws://{host}/v1/realtime", **way) as socket:
                assert (await read_event(socket))["type"] == "session.created"


async def test_a_client_secret_opens_and_shapes_the_session() -> None:
    asked = {"session": {"type": "realtime", "model": "m", "instructions": "Sing.", "output_modalities": ["text"]}}
    async with running(make_backend(**ELSEWHERE)) as host:
        async with http_client(host, headers={"Authorization": f"Bearer {API_KEY}"}) as client:
            value = (await client.post("/v1/realtime/client_secrets", json=asked)).json()["value"]
        way: Any = {"subprotocols": ["realtime", f"openai-insecure-api-key.{value}"]}
        async with connect(f"ws://{host}/v1/realtime", **way) as socket:
            session = (await read_event(socket))["session"]
        assert (session["model"], session["instructions"], session["output_modalities"]) == ("m", "Sing.", ["text"])
        wrong: Any = {"subprotocols": ["realtime", f"openai-insecure-api-key.{value}x"]}
        assert await status_of(f"ws://{host}/v1/realtime", **wrong) == (401, "unknown_client_secret")


async def test_an_expired_secret_is_refused_even_where_no_key_is_needed() -> None:
    async with running(make_backend()) as host:
        expired = {"Authorization": "Bearer ek_gone"}
        assert await status_of(f"ws://{host}/v1/realtime", additional_headers=expired) == (401, "unknown_client_secret")


async def test_another_page_may_not_connect() -> None:
    async with running(make_backend()) as host:
        address = f"ws://{host}/v1/realtime"
        assert await status_of(address, origin="http://evil.example") == (403, "origin_not_allowed")
        async with connect(address, origin=f"http://{host}") as socket:  # type: ignore[arg-type]  # a NewType of str
            assert (await read_event(socket))["type"] == "session.created"


async def test_there_is_one_websocket() -> None:
    async with running(make_backend()) as host:
        assert await status_of(f"ws://{host}/v1/other") == (404, "not_found")


@pytest.mark.parametrize(
    "way",
    [
        {"additional_headers": {"OpenAI-Beta": "realtime=v1"}},
        {"subprotocols": ["realtime", "openai-beta.realtime-v1"]},
    ],
)
async def test_a_beta_client_is_told_once_what_is_wrong(way: dict[str, Any]) -> None:
    async with running(make_backend()) as host, connect(f"ws://{host}/v1/realtime", **way) as socket:
        event = await read_event(socket)
        assert (event["type"], event["error"]["code"]) == ("error", "beta_api_unsupported")
        assert (await read_close(socket))[0] == 1008


async def test_one_session_too_many_is_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    over = asyncio.Event()

    class Noting(Session):
        async def run(self) -> None:
            await super().run()
            over.set()

    monkeypatch.setattr(main, "Session", Noting)
    app = make_backend(max_sessions=1)
    async with running(app) as host, connect(f"ws://{host}/v1/realtime") as first:
        await read_event(first)
        async with connect(f"ws://{host}/v1/realtime") as second:
            event = await read_event(second)
            assert (event["type"], event["error"]["code"]) == ("error", "too_many_sessions")
            assert (await read_close(second))[0] == 1013
        async with http_client(host) as client:
            assert (await client.get("/metrics")).text.count("kaiwa_sessions 1.0") == 1
        await first.close()
        await over.wait()
        async with connect(f"ws://{host}/v1/realtime") as third:
            assert (await read_event(third))["type"] == "session.created"


async def test_binary_frames_are_refused_with_a_reason() -> None:
    async with running(make_backend()) as host, connect(f"ws://{host}/v1/realtime") as socket:
        await read_event(socket)
        await socket.send(b"\x00")
        assert await read_close(socket) == (1003, "Messages are JSON in text frames, not in binary ones.")


async def test_the_end_of_the_server_is_announced_to_every_session() -> None:
    app = make_backend()
    async with running(app) as host:
        socket = await connect(f"ws://{host}/v1/realtime")
        await read_event(socket)
    assert await read_close(socket) == (1001, "The server is shutting down.")
    assert len(app.state.sessions) == 0


async def test_a_session_that_breaks_ends_with_an_error_that_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def __init__(self, *_: object) -> None:
            pass

        async def run(self) -> None:
            raise RuntimeError("the inside")

    monkeypatch.setattr(main, "Session", Broken)
    app = make_backend()
    async with running(app) as host, connect(f"ws://{host}/v1/realtime") as socket:
        event = await read_event(socket)
        assert (event["type"], event["error"]["code"]) == ("error", "internal_error")
        assert "inside" not in str(event)
        assert (await read_close(socket))[0] == 1011
    async with calling(app) as client:
        assert 'kaiwa_errors_total{code="internal_error"} 1.0' in (await client.get("/metrics")).text


async def test_a_client_that_has_gone_can_be_sent_to_and_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    over = asyncio.Event()

    class Stubborn:
        def __init__(self, client: Client, _services: object, _limits: object, _config: SessionConfig) -> None:
            self.client = client

        async def run(self) -> None:
            assert await self.client.receive() == "hello"
            assert await self.client.receive() is None
            assert await self.client.receive() is None
            await self.client.send("too late")
            await self.client.close(1000, "")
            over.set()

    monkeypatch.setattr(main, "Session", Stubborn)
    async with running(make_backend()) as host:
        async with connect(f"ws://{host}/v1/realtime") as socket:
            await socket.send("hello")
        async with asyncio.timeout(10):
            await over.wait()

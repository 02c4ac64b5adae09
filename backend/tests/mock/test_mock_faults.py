import asyncio
import json
from typing import Any

import httpx
import pytest

from app.mock.servers import MockServers

CHAT = {"messages": [{"role": "user", "content": "Tell me something long."}], "stream": True}
SPEECH = {"text": "Say something long, please.", "streaming": True}


async def chat(client: httpx.AsyncClient, mocks: MockServers) -> httpx.Response:
    return await client.post(f"{mocks.llm.url}/v1/chat/completions", json=CHAT)


async def test_refuse_resets_the_connection_health_included(mocks: MockServers, client: httpx.AsyncClient) -> None:
    mocks.llm.change(fault={"kind": "refuse"})

    with pytest.raises(httpx.ReadError):
        await chat(client, mocks)
    with pytest.raises(httpx.ReadError):
        await client.get(f"{mocks.llm.url}/health")


async def test_hang_never_answers_but_hears_the_caller_leave(mocks: MockServers, client: httpx.AsyncClient) -> None:
    mocks.llm.change(fault={"kind": "hang"})

    with pytest.raises(httpx.ReadTimeout):
        await client.post(f"{mocks.llm.url}/v1/chat/completions", json=CHAT, timeout=0.05)

    counters = await mocks.llm.reached(lambda now: now.active == 0)
    assert (counters.cancelled, counters.struck, counters.done) == (1, 1, 0)
    assert (await client.get(f"{mocks.llm.url}/health")).status_code == 200


@pytest.mark.parametrize("chunks", [0, 1])
async def test_cut_ends_a_stream_after_so_many_chunks(
    mocks: MockServers, client: httpx.AsyncClient, chunks: int
) -> None:
    mocks.tts.change(fault={"kind": "cut", "chunks": chunks}, chunk_ms=100)
    received = bytearray()

    async def receive() -> None:
        async with client.stream("POST", f"{mocks.tts.url}/v1/tts", json=SPEECH) as response:
            async for piece in response.aiter_raw():
                received.extend(piece)

    with pytest.raises(httpx.RemoteProtocolError):
        await receive()

    assert len(received) == chunks * 8820
    assert (await mocks.tts.reached(lambda now: now.active == 0)).cancelled == 0


async def test_cut_ends_a_plain_body_in_its_middle(mocks: MockServers, client: httpx.AsyncClient) -> None:
    mocks.embedding.change(fault={"kind": "cut"})

    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message"):
        await client.post(f"{mocks.embedding.url}/embedding", json={"content": "hello"})


async def test_garbage_is_neither_text_nor_json_nor_samples(mocks: MockServers, client: httpx.AsyncClient) -> None:
    mocks.llm.change(fault={"kind": "garbage"})
    mocks.tts.change(fault={"kind": "garbage"})
    mocks.embedding.change(fault={"kind": "garbage"})

    streamed = await chat(client, mocks)
    plain = await client.post(f"{mocks.embedding.url}/embedding", json={"content": "hello"})
    sound = await client.post(f"{mocks.tts.url}/v1/tts", json=SPEECH)

    assert streamed.status_code == plain.status_code == sound.status_code == 200
    for body in (streamed.content, plain.content):
        with pytest.raises(ValueError, match="decode"):
            json.loads(body.removeprefix(b"data: "))
    assert len(sound.content) % 2 == 1


async def test_slow_trickles(mocks: MockServers, client: httpx.AsyncClient) -> None:
    mocks.embedding.change(fault={"kind": "slow", "piece_bytes": 500, "piece_ms": 20})
    pieces = []

    async with client.stream("POST", f"{mocks.embedding.url}/embedding", json={"content": "hello"}) as response:
        async for piece in response.aiter_raw():
            pieces.append(piece)  # noqa: PERF401 an async comprehension would hide the arrival in pieces

    assert len(pieces) > 1
    assert response.elapsed.total_seconds() >= (len(b"".join(pieces)) // 500) * 0.019
    assert json.loads(b"".join(pieces))[0]["index"] == 0


@pytest.mark.parametrize(
    ("address", "body", "shape"),
    [("LLM", CHAT, "error"), ("EMBEDDING", {"content": "a"}, "error"), ("TTS", SPEECH, "statusCode")],
)
async def test_error_has_the_shape_of_the_protocol(
    mocks: MockServers, client: httpx.AsyncClient, address: str, body: dict[str, Any], shape: str
) -> None:
    getattr(mocks, address.lower()).change(fault={"kind": "error", "status": 503})
    url = mocks.endpoints()[f"{address}_ENDPOINT"] + ("/chat/completions" if address == "LLM" else "")

    response = await client.post(url, json=body)

    assert response.status_code == 503
    assert shape in response.json()


async def test_late_error_is_an_event_without_done(mocks: MockServers, client: httpx.AsyncClient) -> None:
    mocks.llm.change(fault={"kind": "late_error", "chunks": 1})

    lines = [line for line in (await chat(client, mocks)).text.splitlines() if line]

    assert json.loads(lines[-1].removeprefix("data: "))["error"]["code"] == 500
    assert len(lines) == 3  # role, one token, the error


async def test_a_fault_begins_after_and_ends_after_so_many(mocks: MockServers, client: httpx.AsyncClient) -> None:
    mocks.llm.change(fault={"kind": "error", "after": 1, "count": 2})

    statuses = [(await chat(client, mocks)).status_code for _ in range(5)]

    assert statuses == [200, 503, 503, 200, 200]
    assert (mocks.llm.counters.seen, mocks.llm.counters.struck) == (5, 2)


async def test_everywhere_strikes_health_too(mocks: MockServers, client: httpx.AsyncClient) -> None:
    mocks.llm.change(fault={"kind": "error", "everywhere": True})

    response = await client.get(f"{mocks.llm.url}/health")

    assert response.status_code == 503
    assert response.json()["error"]["type"] == "unavailable_error"


async def test_a_cancelled_request_is_counted_at_once(mocks: MockServers, client: httpx.AsyncClient) -> None:
    mocks.llm.change(per_token_ms=60_000)

    async with client.stream("POST", f"{mocks.llm.url}/v1/chat/completions", json=CHAT) as response:
        await anext(response.aiter_lines())
        assert mocks.llm.counters.active == 1

    counters = await mocks.llm.reached(lambda now: now.active == 0)
    assert (counters.seen, counters.cancelled, counters.done) == (1, 1, 0)


async def test_a_closed_port_refuses_and_comes_back(mocks: MockServers, client: httpx.AsyncClient) -> None:
    await mocks.close_port("llm")
    with pytest.raises(httpx.ConnectError):
        await chat(client, mocks)

    await mocks.reopen_port("llm")
    assert (await chat(client, mocks)).status_code == 200


async def test_a_caller_that_leaves_in_mid_request_leaves_no_trace(mocks: MockServers) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", int(mocks.llm.url.rpartition(":")[2]))
    writer.write(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    assert mocks.llm.counters.seen == 0


async def test_a_dying_server_drops_what_is_under_way(mocks: MockServers, client: httpx.AsyncClient) -> None:
    mocks.llm.change(fault={"kind": "hang"})
    waiting = asyncio.create_task(chat(client, mocks))
    await mocks.llm.reached(lambda now: now.active == 1)

    await mocks.close_port("llm")

    with pytest.raises(httpx.RequestError):
        await waiting
    assert mocks.llm.counters.active == 0

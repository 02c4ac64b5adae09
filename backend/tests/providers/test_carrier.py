from collections.abc import AsyncGenerator

import httpx
import pytest

from app.providers.carrier import LARGEST_WHOLE, Carrier
from tests.providers.raw_server import CUT, HANG, RawServer, chunked, reply

LIMITS = httpx.Timeout(0.1)


@pytest.fixture
async def client() -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=Carrier(1), timeout=LIMITS) as one:
        yield one


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        ([HANG], httpx.ReadTimeout),
        (chunked(b"first", HANG), httpx.ReadTimeout),
        ([CUT], httpx.ReadError),
        (chunked(b"first", CUT), httpx.ReadError),
        ([b"SSH-2.0-OpenSSH\r\n\r\n", CUT], httpx.RemoteProtocolError),
    ],
)
async def test_a_failure_has_its_own_name(
    client: httpx.AsyncClient, answer: list[bytes], failure: type[httpx.TransportError]
) -> None:
    async with RawServer(answer) as server:
        with pytest.raises(httpx.TransportError) as raised:
            await client.post(server.url, content=b"question")
        assert type(raised.value) is failure


async def test_a_refused_connection_is_no_timeout(client: httpx.AsyncClient) -> None:
    async with RawServer([HANG]) as gone:
        pass
    with pytest.raises(httpx.ConnectError, match="connection refused"):
        await client.get(gone.url)


async def test_waiting_for_a_free_connection_ends(client: httpx.AsyncClient) -> None:
    async with RawServer(chunked(b"first", HANG)) as server, client.stream("GET", server.url):
        with pytest.raises(httpx.ConnectTimeout):
            await client.get(server.url)


@pytest.mark.parametrize("size", [0, 1, LARGEST_WHOLE, LARGEST_WHOLE + 1, 3 * LARGEST_WHOLE])
async def test_a_body_arrives_whole_with_its_length(client: httpx.AsyncClient, size: int) -> None:
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    async with RawServer(reply(b"heard")) as server:
        assert (await client.post(server.url, content=body, timeout=5)).text == "heard"
        assert server.bodies == [body]
        assert "transfer-encoding" not in server.heads[0].lower()

import asyncio
import itertools
import socket

import pytest
import structlog

from app.errors import ProviderGarbled, ProviderRefused, ProviderTimeout, ProviderUnavailable
from app.providers import http
from app.providers.http import HttpServer, ProviderLoading, Timeouts
from tests.providers.conftest import Connect
from tests.providers.raw_server import CUT, HANG, RawServer, chunked, reply

FINE = reply(b'{"fine": true}')


async def test_connections_are_kept(connect: Connect) -> None:
    async with RawServer(FINE) as server:
        client = connect("llm", server.url)
        for _ in range(3):
            assert await client.get_json(f"{server.url}/health") == {"fine": True}
        assert (len(server.heads), server.connections) == (3, 1)


async def test_nobody_there_is_unavailable(connect: Connect) -> None:
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ProviderUnavailable, match=r"^stt: connection refused$"):
            await connect("stt", url).get_json(url)


async def test_an_unknown_host_is_unavailable(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", fail)
    with pytest.raises(ProviderUnavailable, match=r"^stt: unknown host name$"):
        await connect("stt", "http://stt:1").get_json("http://stt:1/health")


@pytest.mark.parametrize("address", ["http://llm:8o8o/v1", "http://127.0.0.1:99999/v1"])
async def test_what_is_no_address_is_unavailable(connect: Connect, address: str) -> None:
    with pytest.raises(ProviderUnavailable):
        await connect("llm", address).get_json(address)


@pytest.mark.parametrize(
    ("answer", "error", "match"),
    [
        (reply(b"{}", 503), ProviderLoading, "status 503"),
        (reply(b"{}", 500), ProviderRefused, "status 500"),
        (reply(b"", 302), ProviderRefused, "status 302"),
        (reply(b"Hi"), ProviderGarbled, "not JSON"),
        ([b"SSH-2.0-OpenSSH\r\n\r\n", CUT], ProviderGarbled, "not HTTP"),
        ([CUT], ProviderGarbled, "broke off"),
        ([reply(b'{"fine": true}')[0][:-5], CUT], ProviderGarbled, "broke off"),
        (chunked(b'{"fine"', CUT), ProviderGarbled, "broke off"),
    ],
)
async def test_failures_are_sorted(connect: Connect, answer: list[bytes], error: type[Exception], match: str) -> None:
    async with RawServer(answer) as server:
        with pytest.raises(error, match=match) as raised:
            await connect("tts", server.url).get_json(server.url)
        assert type(raised.value) is error


async def test_silence_is_a_timeout(connect: Connect) -> None:
    async with RawServer([HANG]) as server:
        with pytest.raises(ProviderTimeout, match=r"silent for 0\.05 s"):
            await connect("stt", server.url, read_s=0.05).get_json(server.url)
        await server.left.wait()


async def test_a_body_that_nobody_reads_is_a_timeout(connect: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        async with asyncio.timeout(2):
            with pytest.raises(ProviderTimeout, match=r"not finished within 0\.1 s"):
                await connect("stt", url, total_s=0.1).post(url, bytes(32 << 20), "audio/wav")


async def test_the_reader_s_own_timeout_is_not_the_server_s(connect: Connect) -> None:
    async def read_in_time(client: HttpServer, url: str) -> None:
        async with client.open("GET", url, headers={}):
            raise TimeoutError("mine")

    async with RawServer(FINE) as server:
        with pytest.raises(TimeoutError, match="mine"):
            await read_in_time(connect("llm", server.url), server.url)


async def test_an_answer_that_drags_on_is_a_timeout(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count(step=30)  # every look at the clock finds it half a minute later
    async with RawServer(reply(b"{}")) as server:
        client = connect("llm", server.url, total_s=20)
        monkeypatch.setattr("app.providers.http.monotonic", lambda: float(next(clock)))
        with pytest.raises(ProviderTimeout, match="not finished within 20 s"):
            await client.get_json(server.url)


async def test_an_answer_without_end_is_given_up(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LARGEST_BODY", 10)
    async with RawServer(reply(b"x" * 11)) as server:
        with pytest.raises(ProviderGarbled, match="no end"):
            await connect("llm", server.url).get_json(server.url)


async def test_only_what_was_given_goes_along(connect: Connect) -> None:
    async with RawServer(FINE) as server:
        await connect("llm", server.url).get_json(f"{server.url}/health?a=b")
        host = server.url.removeprefix("http://")
        assert server.heads == [f"GET /health?a=b HTTP/1.1\r\nhost: {host}\r\naccept: application/json\r\n\r\n"]


async def test_the_request_id_goes_along_and_nothing_else(connect: Connect) -> None:
    async with RawServer(FINE) as server:
        with structlog.contextvars.bound_contextvars(request_id="r-1", session_id="s-1", conversation_id="c-1"):
            await connect("llm", server.url).get_json(server.url)
        assert server.heads[0].endswith("accept: application/json\r\nx-request-id: r-1\r\n\r\n")


async def test_a_cookie_is_not_kept(connect: Connect) -> None:
    async with RawServer([FINE[0].replace(b"\r\n", b"\r\nSet-Cookie: a=b\r\n", 1)]) as server:
        client = connect("llm", server.url)
        for _ in range(2):
            await client.get_json(server.url)
        assert "cookie" not in server.heads[1].lower()


async def test_a_packed_answer_is_left_as_it_is(connect: Connect) -> None:
    async with RawServer([FINE[0].replace(b"\r\n", b"\r\nContent-Encoding: gzip\r\n", 1)]) as server:
        assert await connect("llm", server.url).get_json(server.url) == {"fine": True}


async def test_the_name_and_key_of_an_address_are_sent(connect: Connect) -> None:
    async with RawServer(FINE) as server:
        url = server.url.replace("//", "//me:secret@")
        await connect("llm", url).get_json(url)
        assert "Authorization: Basic bWU6c2VjcmV0\r\n" in server.heads[0]


async def test_a_large_body_arrives_whole(connect: Connect) -> None:
    body = bytes(range(256)) * 6000  # 1.5 MB
    async with RawServer(reply(b"{}")) as server:
        await connect("stt", server.url).post(server.url, body, "audio/wav")
        assert server.bodies == [body]


async def test_leaving_an_answer_closes_its_connection(connect: Connect) -> None:
    async with RawServer(chunked(b"first", HANG)) as server:
        client = connect("tts", server.url)
        async with client.open("GET", server.url, headers={}) as answer:
            assert await answer.read() == b"first"
            assert not server.left.is_set()
        await asyncio.wait_for(server.left.wait(), 1)


async def test_cancelling_a_request_closes_its_connection(connect: Connect) -> None:
    async with RawServer([HANG]) as server:
        request = asyncio.create_task(connect("stt", server.url).get_json(server.url))
        await server.asked.wait()
        request.cancel()
        await asyncio.wait_for(server.left.wait(), 1)
        with pytest.raises(asyncio.CancelledError):
            await request


async def test_a_proxy_of_the_shell_is_passed_by(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with RawServer(FINE) as server:
        assert await connect("llm", server.url).get_json(server.url)


async def test_no_connection_in_time_is_unavailable() -> None:
    async with RawServer([HANG]) as server:
        client = HttpServer("llm", server.url, Timeouts(connect_s=0.05, read_s=5, total_s=5), connections=1)
        first = asyncio.create_task(client.get_json(server.url))
        await server.asked.wait()
        with pytest.raises(ProviderUnavailable, match=r"no connection within 0\.05 s"):
            await client.get_json(server.url)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await client.close()

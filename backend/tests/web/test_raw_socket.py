"""What no client library would send."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from app import main
from app.session.client import Client
from tests.web.raw_socket import PING, RawSocket, open_raw
from tests.web.serving import make_backend, running

MIB = 1 << 20


async def fill(client: Client) -> None:
    """Send until nothing goes out any more."""
    async with asyncio.timeout(0.3):
        while True:
            await client.send("x" * MIB)


@asynccontextmanager
async def in_session(**changes: Any) -> AsyncIterator[RawSocket]:
    async with running(make_backend(), **changes) as host, open_raw(host) as raw:
        assert (await raw.read_event())["type"] == "session.created"
        yield raw


@pytest.mark.parametrize("text", [b"\xff\xfe", b'{"type": "\xc3"}', b"\xed\xa0\x80"])
async def test_a_text_that_is_no_utf_8_ends_the_connection_and_logs_no_traceback(
    text: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with in_session() as raw:
        await raw.send(text)
        assert await raw.read_close() == 1007
        assert await raw.reader.read() == b""
    assert not [record for record in caplog.records if record.exc_info]


async def test_utf_8_may_be_cut_anywhere_between_fragments() -> None:
    async with in_session() as raw:
        message = json.dumps({"type": "会話"}, ensure_ascii=False).encode()
        await raw.send(message[:11], final=False)
        await raw.send(message[11:], opcode=0)
        assert (await raw.read_event())["type"] == "error"


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"1" * 10_000,
        b'{"type": "input_audio_buffer.append", "audio": NaN}',
        b'{"type": "\\ud800"}',
        b"null",
        b"",
    ],
)
async def test_what_is_no_message_is_an_error_and_the_session_goes_on(
    text: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with in_session() as raw:
        await raw.send(text)
        assert (await raw.read_event())["type"] == "error"
        await raw.send(b'{"type": "session.update", "session": {"type": "realtime"}}')
        assert (await raw.read_event())["type"] == "session.updated"
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_message_of_16_mib_is_read_and_one_above_the_limit_is_not() -> None:
    async with in_session() as raw:
        await raw.send(b'{"type": "nothing", "x": "' + b"x" * (16 * MIB) + b'"}')
        assert (await raw.read_event())["type"] == "error"
        await raw.send(b'"' + b"x" * (22 * MIB) + b'"')
        assert await raw.read_close() == 1009


async def test_a_message_in_too_many_pieces_is_refused() -> None:
    async with in_session() as raw:
        await raw.send(b"", final=False)
        for _ in range(5000):
            raw.writer.write(b"\x00\x80\x00\x00\x00\x00")
        await raw.writer.drain()
        assert await raw.read_close() == 1009


@pytest.mark.parametrize("sent", [b"", b"GET /health HTTP/1.1\r\nHost: localh"])
async def test_who_never_asks_for_anything_is_dropped(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr("app.web.protocol.REQUEST_PATIENCE_S", 0.1)
    async with running(make_backend()) as host, asyncio.timeout(10):
        reader, writer = await asyncio.open_connection(*host.split(":"))
        writer.write(sent)
        assert await reader.read() == b""
        writer.close()


async def test_a_session_may_last_longer_than_one_waits_for_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.web.protocol.REQUEST_PATIENCE_S", 0.1)
    async with in_session(ws_ping_interval=0.3) as raw:
        opcode, _ = await raw.read()  # nothing else comes before
        assert opcode == PING


async def test_a_client_that_answers_no_ping_is_dropped() -> None:
    async with in_session(ws_ping_interval=0.1, ws_ping_timeout=0.1) as raw:
        opcode, _ = await raw.read()
        assert opcode == PING
        assert await raw.read_close() == 1011
        assert await raw.reader.read() == b""


async def test_a_client_that_neither_reads_nor_answers_a_ping_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    over = asyncio.Event()

    class Filling:
        def __init__(self, client: Client, *_: object) -> None:
            self.client = client

        async def run(self) -> None:
            with pytest.raises(TimeoutError):
                await fill(self.client)
            assert await self.client.receive() is None
            await self.client.send("too late")
            over.set()

    monkeypatch.setattr(main, "Session", Filling)
    async with running(make_backend(), ws_ping_interval=0.4, ws_ping_timeout=0.1) as host, open_raw(host):
        async with asyncio.timeout(10):
            await over.wait()


async def test_a_client_that_does_not_close_its_half_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closing:
        def __init__(self, client: Client, *_: object) -> None:
            self.client = client

        async def run(self) -> None:
            await self.client.close(1000, "")

    monkeypatch.setattr(main, "Session", Closing)
    monkeypatch.setattr("app.web.protocol.CLOSE_PATIENCE_S", 0.1)
    async with running(make_backend()) as host, open_raw(host) as raw:
        assert await raw.read_close() == 1000
        async with asyncio.timeout(5):
            assert await raw.reader.read() == b""


async def test_what_is_sent_after_a_broken_frame_goes_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    broken, over = asyncio.Event(), asyncio.Event()

    class Late:
        def __init__(self, client: Client, *_: object) -> None:
            self.client = client

        async def run(self) -> None:
            await broken.wait()
            await self.client.send("too late")
            await self.client.close(1000, "")
            over.set()

    monkeypatch.setattr(main, "Session", Late)
    async with running(make_backend()) as host, open_raw(host) as raw, asyncio.timeout(10):
        await raw.send(b"\xff")
        assert await raw.read_close() == 1007
        broken.set()
        await over.wait()


async def test_a_client_that_does_not_read_is_dropped_and_its_session_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    over = asyncio.Event()

    class Talkative:
        def __init__(self, client: Client, *_: object) -> None:
            self.client = client

        async def run(self) -> None:
            with pytest.raises(TimeoutError):
                await fill(self.client)
            await self.client.close(1008, "You do not keep up.")
            assert await self.client.receive() is None
            over.set()

    monkeypatch.setattr(main, "Session", Talkative)
    monkeypatch.setattr("app.web.websocket_client.FAREWELL_S", 0.1)
    async with running(make_backend()) as host, open_raw(host):
        async with asyncio.timeout(10):
            await over.wait()


async def test_a_client_that_pings_and_does_not_read_costs_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its pongs would pile up: without the rule 10 000 of them are 1.3 MB more in the server's buffer."""
    buffered: list[int] = []
    waiting, over = asyncio.Event(), asyncio.Event()

    class Waiting:
        def __init__(self, client: Client, *_: object) -> None:
            self.client: Any = client

        async def run(self) -> None:
            with pytest.raises(TimeoutError):
                await fill(self.client)
            transport = self.client._abort.__self__
            buffered.append(transport.get_write_buffer_size())
            waiting.set()
            await self.client.receive()
            buffered.append(transport.get_write_buffer_size())
            over.set()

    monkeypatch.setattr(main, "Session", Waiting)
    async with running(make_backend()) as host, open_raw(host) as raw, asyncio.timeout(10):
        await waiting.wait()
        for _ in range(100):
            raw.writer.write((b"\x89\xfd" + b"\x00" * 4 + b"p" * 125) * 100)
        await raw.send(b"now")
        await over.wait()
    assert buffered[1] <= buffered[0]

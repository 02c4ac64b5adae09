"""Compression: agreed on with who offers it, used where it pays, and no way to fill the memory."""

import json
import tracemalloc
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.exceptions import PayloadTooBig
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode

from app.session.limits import TokenBucket
from app.web.deflate import GROWTH_BYTES_PER_S, Deflate
from tests.web.raw_socket import CLOSE, DEFLATED, PING, RawSocket, open_raw
from tests.web.serving import make_backend, running

OFFER = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"
MIB = 1 << 20
MESSAGE_END = b"\x00\x00\xff\xff"
HELLO = b'{"type": "session.update", "session": {"type": "realtime"}}'


class Peer:
    """The client's half of the compression."""

    def __init__(self, raw: RawSocket) -> None:
        self.raw = raw
        self._deflate, self._inflate = zlib.compressobj(wbits=-12), zlib.decompressobj(wbits=-12)

    def deflated(self, message: bytes) -> bytes:
        return (self._deflate.compress(message) + self._deflate.flush(zlib.Z_SYNC_FLUSH)).removesuffix(MESSAGE_END)

    async def say(self, **message: Any) -> None:
        await self.raw.send(self.deflated(json.dumps(message).encode()), deflated=True)

    async def hear(self) -> tuple[dict[str, Any], bool, int]:
        """Return the next event, whether it came compressed, and as how many bytes."""
        first, payload = await self.raw.read_frame()
        is_deflated = bool(first & DEFLATED)
        event: dict[str, Any] = json.loads(self._inflate.decompress(payload + MESSAGE_END) if is_deflated else payload)
        return event, is_deflated, len(payload)


@asynccontextmanager
async def in_session(**changes: Any) -> AsyncIterator[Peer]:
    async with running(make_backend(outbox_ahead_s=60), **changes) as host, open_raw(host, OFFER) as raw:
        peer = Peer(raw)
        assert (await peer.hear())[0]["type"] == "session.created"
        yield peer


async def test_who_offers_it_gets_it_with_small_windows() -> None:
    async with running(make_backend()) as host, open_raw(host, OFFER) as raw:
        assert "permessage-deflate; server_max_window_bits=12; client_max_window_bits=12\r\n" in raw.head
        first, _ = await raw.read_frame()
        assert first & DEFLATED


async def test_who_does_not_offer_it_does_not_get_it() -> None:
    async with running(make_backend()) as host, open_raw(host) as raw:
        assert "extensions" not in raw.head.lower()
        first, _ = await raw.read_frame()
        assert not first & DEFLATED


async def test_what_is_like_the_messages_before_is_short() -> None:
    async with in_session() as peer:
        sizes = []
        for _ in range(2):
            await peer.raw.send(peer.deflated(HELLO), deflated=True)
            event, is_deflated, size = await peer.hear()
            assert (event["type"], is_deflated) == ("session.updated", True)
            sizes.append(size)
        assert sizes[1] < sizes[0] < 200 < len(json.dumps(event))


async def test_a_message_may_come_plain_or_in_pieces_with_a_ping_between() -> None:
    async with in_session() as peer:
        await peer.raw.send(HELLO)
        assert (await peer.hear())[0]["type"] == "session.updated"
        whole = peer.deflated(HELLO)
        await peer.raw.send(whole[:9], final=False, deflated=True)
        await peer.raw.send(b"", PING)
        await peer.raw.send(whole[9:], opcode=0)
        assert (await peer.raw.read())[0] == PING + 1
        assert (await peer.hear())[0]["type"] == "session.updated"


@pytest.mark.parametrize("format_name", ["audio/pcm", "audio/opus"])
async def test_opus_is_compressed_and_pcm_is_not(format_name: str) -> None:
    async with in_session() as peer:
        output = {"format": {"type": format_name}}
        await peer.say(type="session.update", session={"type": "realtime", "audio": {"output": output}})
        await peer.say(type="response.create", response={"instructions": "Hum."})
        deltas = []
        while (heard := await peer.hear())[0]["type"] != "response.done":
            event, is_deflated, _ = heard
            if event["type"] == "response.output_audio.delta":
                deltas.append((len(event["delta"]), is_deflated))
            else:
                assert is_deflated
    assert len(deltas) > 5
    assert all(is_deflated == (format_name == "audio/opus" or length < 2000) for length, is_deflated in deltas)


async def test_what_cannot_be_inflated_ends_the_connection_and_logs_no_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with in_session() as peer:
        await peer.raw.send(b"\xff\xff\xff\xff", deflated=True)
        assert await peer.raw.read_close() == 1002
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_message_that_grows_beyond_the_limit_is_refused_and_takes_little_memory() -> None:
    bomb = zlib.compress(b" " * (300 * MIB), wbits=-12)
    assert len(bomb) < MIB
    async with in_session() as peer:
        tracemalloc.start()
        await peer.raw.send(bomb, deflated=True)
        assert await peer.raw.read_close() == 1009
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak_bytes < 50 * MIB


async def test_many_messages_that_grow_to_just_below_the_limit_are_refused_together() -> None:
    async with in_session() as peer:
        blank = b" " * (20 * MIB)
        bombs = [peer.deflated(blank) for _ in range(20)]
        tracemalloc.start()
        for bomb in bombs:
            await peer.raw.send(bomb, deflated=True)
        assert await peer.raw.read_close() == 1009
        _, peak_bytes = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak_bytes < 120 * MIB  # of the 400 that were sent: one is read, one is looked at, each with a copy


def test_growth_is_rationed_by_time() -> None:
    now = 0.0
    ours = PerMessageDeflate(False, False, 12, 12)
    deflate = Deflate(ours, TokenBucket(GROWTH_BYTES_PER_S, 2 * MIB, lambda: now))
    peer = zlib.compressobj(wbits=-12)

    def grow() -> int:
        data = (peer.compress(b" " * MIB) + peer.flush(zlib.Z_SYNC_FLUSH)).removesuffix(MESSAGE_END)
        return len(deflate.decode(Frame(Opcode.TEXT, data, rsv1=True), max_size=21 * MIB).data)

    assert [grow(), grow()] == [MIB, MIB]
    now += 1.0
    assert grow() == MIB
    with pytest.raises(PayloadTooBig):
        grow()


async def test_a_client_that_says_goodbye_is_understood() -> None:
    async with in_session() as peer:
        await peer.raw.send(b"\x03\xe8", CLOSE)
        assert await peer.raw.read_close() == 1000

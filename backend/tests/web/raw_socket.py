"""A WebSocket made by hand, for what no client library would send."""

import asyncio
import base64
import json
import os
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9
FINAL, DEFLATED = 0x80, 0x40


@dataclass
class RawSocket:
    """A WebSocket made by hand."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    head: str

    async def send(self, payload: bytes, opcode: int = TEXT, *, final: bool = True, deflated: bool = False) -> None:
        mask = os.urandom(4)
        keys = (mask * (len(payload) // 4 + 1))[: len(payload)]
        masked = (int.from_bytes(payload, "big") ^ int.from_bytes(keys, "big")).to_bytes(len(payload), "big")
        first = opcode | (FINAL if final else 0) | (DEFLATED if deflated else 0)
        self.writer.write(bytes([first]) + length(len(payload)) + mask + masked)
        await self.writer.drain()

    async def read(self) -> tuple[int, bytes]:
        """Return the next frame's opcode and payload."""
        first, payload = await self.read_frame()
        return first & 0x0F, payload

    async def read_frame(self) -> tuple[int, bytes]:
        """Return the next frame's first byte and payload."""
        async with asyncio.timeout(10):
            first, second = await self.reader.readexactly(2)
            size = second
            if size == 126:
                (size,) = struct.unpack("!H", await self.reader.readexactly(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", await self.reader.readexactly(8))
            return first, await self.reader.readexactly(size)

    async def read_event(self) -> dict[str, Any]:
        opcode, payload = await self.read()
        assert opcode == TEXT, payload
        event: dict[str, Any] = json.loads(payload)
        return event

    async def read_close(self) -> int:
        """Return the code of the close frame, whatever comes before it."""
        while True:
            opcode, payload = await self.read()
            if opcode == CLOSE:
                return int(struct.unpack("!H", payload[:2])[0])


def length(size: int) -> bytes:
    if size < 126:
        return bytes([0x80 | size])
    return b"\xfe" + struct.pack("!H", size) if size < 1 << 16 else b"\xff" + struct.pack("!Q", size)


@asynccontextmanager
async def open_raw(host: str, *headers: str) -> AsyncIterator[RawSocket]:
    name, port = host.split(":")
    reader, writer = await asyncio.open_connection(name, int(port))
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET /v1/realtime HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n".encode()
        + "".join(f"{header}\r\n" for header in (*headers, "")).encode()
    )
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101")
    try:
        yield RawSocket(reader, writer, head.decode())
    finally:
        writer.transport.abort()

"""The road between page and backend, which a test can count, cut, close and lead elsewhere."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from tests.e2e.background import Background

SOCKET = b"GET /v1/realtime"
CHUNK = 65_536


@dataclass(slots=True)
class Traffic:
    """Bytes on the sockets of `/v1/realtime`, with all that TCP carries for them: handshakes and frames too."""

    up: int = 0
    down: int = 0

    @property
    def total(self) -> int:
        """Both ways together."""
        return self.up + self.down


class Proxy:
    """Forwards TCP connections from `address` to the port that `lead_to` named last."""

    def __init__(self, background: Background, target: int) -> None:
        self.traffic = Traffic()
        self.address = ""
        self._background = background
        self._target = target
        self._closed = False
        self._ways: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def lead_to(self, port: int) -> None:
        """Send new connections to this port; those that are open stay where they are."""
        self._background.call(setattr, self, "_target", port)

    def cut(self) -> None:
        """Break every connection, as a network that goes away and comes back at once."""
        self._background.call(self._abort)

    def close(self) -> None:
        """Break every connection and let no new one through."""
        self._background.call(setattr, self, "_closed", True)
        self.cut()

    def open(self) -> None:
        """Let connections through again."""
        self._background.call(setattr, self, "_closed", False)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection both ways, until either end closes."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._ways.add(writer)
        try:
            if not self._closed:
                await self._carry_both(reader, writer)
        except OSError:
            pass  # the backend does not listen, or somebody broke the connection: the page sees the same
        finally:
            writer.transport.abort()
            self._ways.discard(writer)

    async def end(self) -> None:
        """Break everything, and wait until nothing is carried any more."""
        self._closed = True
        self._abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _carry_both(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._target)
        self._ways.add(server_writer)
        try:
            first = await reader.read(CHUNK)
            traffic = self.traffic if first.startswith(SOCKET) else Traffic()
            traffic.up += len(first)
            server_writer.write(first)
            async with asyncio.TaskGroup() as group:
                group.create_task(_carry(reader, server_writer, traffic, "up"))
                group.create_task(_carry(server_reader, writer, traffic, "down"))
        finally:
            server_writer.transport.abort()
            self._ways.discard(server_writer)

    def _abort(self) -> None:
        for writer in self._ways:
            writer.transport.abort()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, traffic: Traffic, way: str) -> None:
    with suppress(OSError):  # broken: the other way ends by itself
        while data := await reader.read(CHUNK):
            setattr(traffic, way, getattr(traffic, way) + len(data))
            writer.write(data)
            await writer.drain()
    with suppress(OSError):
        writer.write_eof()


@contextmanager
def run_proxy(background: Background, target: int) -> Iterator[Proxy]:
    """Serve on a port that the system chose."""
    proxy = Proxy(background, target)
    server = background.run(asyncio.start_server(proxy.serve, "127.0.0.1", 0))
    proxy.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        background.run(proxy.end())

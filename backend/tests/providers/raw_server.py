"""A server that answers with the very bytes a test gives it, for what no polite server would send."""

import asyncio
from collections import deque
from typing import Self

CUT = b"<cut>"
"""Close the connection here."""
HANG = b"<hang>"
"""Send nothing more until the client leaves."""


def reply(body: bytes, status: int = 200, content_type: str = "application/json") -> list[bytes]:
    """Return an answer whose length is declared."""
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return [head.encode() + body]


def chunked(*pieces: bytes, content_type: str = "text/event-stream") -> list[bytes]:
    """Return an answer in chunks, up to a CUT or HANG if there is one."""
    whole = CUT not in pieces and HANG not in pieces
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    chunks = [piece if piece in (CUT, HANG) else b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces]
    return [head, *chunks, *([b"0\r\n\r\n"] if whole else [])]


class RawServer:
    """Answers each request with the next of `answers`, the last one again and again."""

    def __init__(self, *answers: list[bytes]) -> None:
        self._answers = deque(answers)
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self.asked = asyncio.Event()  # a request has come
        self.left = asyncio.Event()  # a client closed its connection
        self.url = ""
        self._tasks: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._tasks.values():
            writer.transport.abort()
        await asyncio.gather(*self._tasks)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks[task] = writer
        self.connections += 1
        try:
            while await self._answer(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            self.left.set()
        finally:
            del self._tasks[task]
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if line)
        self.heads.append(head)
        self.bodies.append(await reader.readexactly(int(lines.get("content-length", "0"))))
        self.asked.set()
        answer = self._answers[0] if len(self._answers) == 1 else self._answers.popleft()
        for piece in answer:
            if piece == CUT:
                return False
            if piece == HANG:
                await reader.readexactly(1)
            writer.write(piece)
            await writer.drain()
        return True

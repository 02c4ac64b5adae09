"""One request and its answer: reading it, answering at exact times, and failing on the way when a fault says so."""

import json
import time
from collections.abc import Iterable, MutableMapping
from typing import Any, NoReturn, Self

from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, HTTPScope

from app.mock.behaviour import Fault
from app.mock.connection import EXTENSION, CallerGoneError, Connection

JSON = "application/json; charset=utf-8"
GARBAGE = b'data: {"\xff\xfe": ]!\n\n'
# Event loops count in milliseconds. Half of one early or late has no bias; sleeping again for less would.
TOLERANCE_S = 0.0005

HeaderItems = Iterable[tuple[str, str]]


def _connection_of(scope: HTTPScope) -> Connection:
    connection = (scope.get("extensions") or {})[EXTENSION]["connection"]
    if not isinstance(connection, Connection):
        raise TypeError("a mock server runs on its own Connection only")
    return connection


class StruckError(Exception):
    """A fault has ended this answer."""


class Exchange:
    """A request being answered. Every method that sends or waits raises CallerGoneError when the caller has left."""

    def __init__(self, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        self.method = scope["method"]
        self.path = scope["path"]
        self.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self.query = scope["query_string"].decode("latin-1")
        self.body = b""
        self.fault: Fault | None = None
        self.late_error = b""  # the last bytes of a stream that fails on the way; empty: it is cut
        self.connection: Connection = _connection_of(scope)
        self._receive = receive
        self._send = send
        self._read_at = time.perf_counter()
        self._chunks = 0

    @classmethod
    async def read(cls, scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> Self:
        """Read the whole request. The clock of its answer starts when the last byte is here."""
        exchange = cls(scope, receive, send)
        pieces = []
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise CallerGoneError
            pieces.append(message["body"])
            if not message["more_body"]:
                break
        exchange.body = b"".join(pieces)
        exchange.restart_clock()
        return exchange

    def json(self) -> Any:
        """The body as JSON. Raises ValueError."""
        return json.loads(self.body)

    def restart_clock(self) -> None:
        """Begin now what was waiting for its turn."""
        self._read_at = time.perf_counter()

    def elapsed_ms(self) -> float:
        """Time since the request was read."""
        return (time.perf_counter() - self._read_at) * 1000

    async def until(self, elapsed_ms: float) -> None:
        """Wait until that long after the request was read: errors do not add up from one wait to the next."""
        deadline = self._read_at + elapsed_ms / 1000
        while (left := deadline - time.perf_counter()) > TOLERANCE_S:
            await self.connection.pause(left)

    async def reply(self, body: bytes, content_type: str, status: int = 200, headers: HeaderItems = ()) -> None:
        """Answer in one piece, with its length."""
        if self.fault is not None and self.fault.kind == "garbage":
            body = GARBAGE
        await self._start(status, [("content-type", content_type), ("content-length", str(len(body))), *headers])
        if self.fault is not None and self.fault.kind in ("cut", "late_error"):
            await self._write(body[: len(body) // 2])
            await self.cut()
        if self.fault is not None and self.fault.kind == "slow":
            await self._trickle(body, self.fault)
            body = b""
        await self._write(body, more=False)

    async def reply_json(self, value: Any, status: int = 200, headers: HeaderItems = ()) -> None:
        """Answer with JSON."""
        await self.reply(json.dumps(value, ensure_ascii=False).encode(), JSON, status, headers)

    async def start_stream(self, content_type: str, headers: HeaderItems = ()) -> None:
        """Send the head of a chunked answer."""
        await self._start(200, [("content-type", content_type), *headers])

    async def send(self, chunk: bytes | memoryview) -> None:
        """Send one chunk, unless the fault has its turn. Raises StruckError when that ends the answer."""
        if self.fault is not None:
            await self._send_faulty(chunk, self.fault)
        else:
            await self._write(chunk)

    async def finish(self) -> None:
        """End a chunked answer well."""
        await self._write(b"", more=False)

    async def refuse(self) -> NoReturn:
        """Reset the connection."""
        await self.connection.reset()
        raise StruckError

    async def hang(self) -> None:
        """Wait until the caller gives up."""
        await self.connection.pause()

    async def cut(self) -> NoReturn:
        """Close the connection after what was sent so far."""
        await self.connection.cut()
        raise StruckError

    async def _send_faulty(self, chunk: bytes | memoryview, fault: Fault) -> None:
        due = self._chunks >= fault.chunks
        self._chunks += 1
        if fault.kind == "garbage":
            await self._write(GARBAGE, more=False)
            raise StruckError
        if fault.kind == "late_error" and due and self.late_error:
            await self._write(self.late_error, more=False)
            raise StruckError
        if fault.kind in ("cut", "late_error") and due:
            await self.cut()
        elif fault.kind == "slow":
            await self._trickle(chunk, fault)
        else:
            await self._write(chunk)

    async def _trickle(self, body: bytes | memoryview, fault: Fault) -> None:
        for begin in range(0, len(body), fault.piece_bytes):
            await self._write(body[begin : begin + fault.piece_bytes])
            await self.connection.pause(fault.piece_ms / 1000)

    async def _start(self, status: int, headers: HeaderItems) -> None:
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        await self._send({"type": "http.response.start", "status": status, "headers": raw, "trailers": False})

    async def _write(self, body: bytes | memoryview, *, more: bool = True) -> None:
        if self.connection.transport.is_closing():
            raise CallerGoneError
        message: MutableMapping[str, Any] = {"type": "http.response.body", "body": body, "more_body": more}
        await self._send(message)  # type: ignore[arg-type]  # uvicorn joins any buffer; its type says bytes

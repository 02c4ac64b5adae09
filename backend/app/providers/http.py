"""One model server over HTTP: connections that are kept, time that is bounded, failures sorted into the tree of errors.

aiohttp, because it was measured: with 64 requests under way httpx's pool spends 7 ms of processor on each, this 0.15.
"""

import io
from asyncio import timeout
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import structlog
from pydantic_core import from_json
from yarl import URL

from app.errors import ProviderError, ProviderGarbled, ProviderRefused, ProviderTimeout, ProviderUnavailable
from app.ports import Service

KEEP_ALIVE_S = 4.0  # the C++ servers close an idle connection after 5 s: leave before they do
LARGEST_BODY = 64 << 20  # bytes of one answer; only a server gone mad sends more
LARGEST_UNCOPIED = 1 << 20  # aiohttp wants a larger body as a file
DRAIN_S = 0.2  # how long the end of an answer that is already whole may take to come
SERVICE_UNAVAILABLE = 503
SHOWN = 200  # characters of a server's own explanation

Explain = Callable[[int, bytes], ProviderError | str]
"""Reads an error body: what it says, or the very error to raise."""


class ProviderLoading(ProviderUnavailable):
    """The server answers, but only that it is not ready yet."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds until the connection stands, between two pieces of an answer, and waited for an answer in all."""

    connect_s: float
    read_s: float
    total_s: float


class HttpServer:
    """A model server at one endpoint. Cancelling a request closes its connection and touches no other."""

    def __init__(self, service: Service, endpoint: str, timeouts: Timeouts, *, connections: int = 256) -> None:
        """Connect to nothing yet; `connections` is how many requests may be under way at once."""
        self.service = service
        self.endpoint = endpoint
        parts = urlsplit(endpoint)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.path = parts.path.rstrip("/")
        self._timeouts = timeouts
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    async def get_json(self, address: str) -> Any:
        """Return the decoded answer to a GET.

        Raises:
            ProviderError: as `open`.
        """
        async with self.open("GET", address, headers={"Accept": "application/json"}) as answer:
            return self.decode(await answer.read_all())

    async def post(self, address: str, body: bytes, content_type: str, explain: Explain | None = None) -> bytes:
        """Return the body of the answer to a POST.

        Raises:
            ProviderError: as `open`.
        """
        headers = {"Content-Type": content_type}
        async with self.open("POST", address, body=body, headers=headers, explain=explain) as answer:
            return await answer.read_all()

    @asynccontextmanager
    async def open(
        self,
        method: str,
        address: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str],
        explain: Explain | None = None,
    ) -> AsyncGenerator["Answer", None]:
        """Send a request and give its answer to read; leaving before its end closes the connection.

        Raises:
            ProviderUnavailable: no connection, or (`ProviderLoading`) status 503.
            ProviderTimeout: the server was silent too long.
            ProviderRefused: any other status than 2xx.
            ProviderGarbled: not HTTP, or the answer broke off.
        """
        data = io.BytesIO(body) if body is not None and len(body) > LARGEST_UNCOPIED else body
        begun = monotonic()
        with self._sorted_failures():
            async with self._connected().request(
                method, URL(address, encoded=True), data=data, headers=_with_request_id(headers), allow_redirects=False
            ) as response:
                answer = Answer(self.service, response, self._timeouts.total_s, monotonic() - begun)
                if response.status // 100 != 2:  # noqa: PLR2004 - 2xx; a redirect is no answer either
                    raise self._refusal(response.status, await answer.read_all(), explain)
                yield answer

    def decode(self, body: bytes) -> Any:
        """Return what this JSON says.

        Raises:
            ProviderGarbled: it is not JSON.
        """
        try:
            return from_json(body)
        except ValueError as error:
            raise ProviderGarbled(self.service, "the answer is not JSON") from error

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:  # only now is there sure to be an event loop
            limits = self._timeouts
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=KEEP_ALIVE_S),
                timeout=aiohttp.ClientTimeout(
                    total=None, connect=limits.connect_s, sock_connect=limits.connect_s, sock_read=limits.read_s
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("Accept-Encoding", "User-Agent"),
                auto_decompress=False,
                trust_env=False,
            )
        return self._session

    def _refusal(self, status: int, body: bytes, explain: Explain | None) -> ProviderError:
        reason = explain(status, body) if explain else ""
        if isinstance(reason, ProviderError):
            return reason
        kind = ProviderLoading if status == SERVICE_UNAVAILABLE else ProviderRefused
        return kind(self.service, f"status {status}" + (f": {reason[:SHOWN]}" if reason else ""))

    @contextmanager
    def _sorted_failures(self) -> Generator[None]:
        try:
            yield
        except aiohttp.ConnectionTimeoutError as error:
            raise ProviderUnavailable(self.service, f"no connection within {self._timeouts.connect_s:g} s") from error
        except TimeoutError as error:
            raise ProviderTimeout(self.service, f"silent for {self._timeouts.read_s:g} s") from error
        except aiohttp.ClientConnectorError as error:
            raise ProviderUnavailable(self.service, _why_unconnected(error)) from error
        except (aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as error:
            raise ProviderGarbled(self.service, "the connection broke off") from error
        except aiohttp.ClientError as error:
            raise ProviderGarbled(self.service, f"not HTTP ({type(error).__name__})") from error


class Answer:
    """The body of one answer, read piece by piece. Only time spent waiting for the server counts against its total."""

    def __init__(self, service: Service, response: aiohttp.ClientResponse, total_s: float, waited_s: float) -> None:
        self._service = service
        self._content = response.content
        self._total_s = total_s
        self._waited_s = waited_s

    async def read(self) -> bytes:
        """Return the next bytes as soon as there are any; nothing at the end.

        Raises:
            ProviderTimeout: the whole answer takes too long.
        """
        begun = monotonic()
        piece = await self._content.readany()
        self._waited_s += monotonic() - begun
        if self._waited_s > self._total_s:
            raise ProviderTimeout(self._service, f"not finished within {self._total_s:g} s")
        return piece

    async def read_all(self) -> bytes:
        """Return the whole body.

        Raises:
            ProviderGarbled: it has no end.
            ProviderTimeout: as `read`.
        """
        pieces: list[bytes] = []
        size = 0
        while piece := await self.read():
            pieces.append(piece)
            size += len(piece)
            if size > LARGEST_BODY:
                raise ProviderGarbled(self._service, "the answer has no end")
        return b"".join(pieces)

    async def drain(self) -> None:
        """Read the end of an answer that is already whole, so that its connection can be used again."""
        with suppress(TimeoutError, aiohttp.ClientError):  # whole is whole; the connection is closed then
            async with timeout(DRAIN_S):
                while await self._content.readany():
                    pass


def _with_request_id(headers: Mapping[str, str]) -> Mapping[str, str]:
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    return headers if request_id is None else {**headers, "X-Request-Id": str(request_id)}


def _why_unconnected(error: aiohttp.ClientConnectorError) -> str:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "unknown host name"
    if isinstance(error.os_error, ConnectionRefusedError):
        return "connection refused"
    return (error.os_error.strerror or "no connection").lower()

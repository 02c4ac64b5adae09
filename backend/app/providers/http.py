"""One model server over HTTP: connections are kept, time is bounded, failures are sorted into the tree of errors."""

from asyncio import timeout
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import httpx
import structlog
from pydantic_core import from_json

from app.errors import ProviderError, ProviderGarbled, ProviderRefused, ProviderTimeout, ProviderUnavailable
from app.ports import Service
from app.providers.carrier import Carrier

LARGEST_BODY = 64 << 20  # bytes of one answer; only a server gone mad sends more
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

    def __init__(
        self, service: Service, endpoint: str, timeouts: Timeouts, *, connections: int = 256, keep: bool = True
    ) -> None:
        """Connect to nothing yet.

        Args:
            service: whose it is, for errors.
            endpoint: its address.
            timeouts: how long to wait.
            connections: how many requests may be under way at once.
            keep: use a connection again. llama.cpp closes one after a stream without having said so, perhaps just when
                the next request is on its way.
        """
        self.service = service
        self.endpoint = endpoint
        parts = urlsplit(endpoint)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.path = parts.path.rstrip("/")
        self._timeouts = timeouts
        limits = httpx.Timeout(timeouts.read_s, connect=timeouts.connect_s, pool=timeouts.connect_s)
        self._limits = {"timeout": limits.as_dict()}
        self._carrier = Carrier(
            connections, keep=keep
        )  # bare: redirects, cookies and keys of a client are not wanted here

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
        with self._sorted_failures():
            headers = _with_request_id(headers)
            request = httpx.Request(method, address, headers=headers, content=body, extensions=self._limits)
            begun = monotonic()
            response = await self._begin(request)
            try:
                answer = Answer(self.service, response, self._timeouts.total_s, monotonic() - begun)
                if not response.is_success:  # a redirect is no answer either
                    raise self._refusal(response.status_code, await answer.read_all(), explain)
                yield answer
            finally:
                await response.aclose()

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
        await self._carrier.aclose()

    async def _begin(self, request: httpx.Request) -> httpx.Response:
        try:
            async with timeout(self._timeouts.total_s):  # nothing else bounds the sending of a body that nobody reads
                return await self._carrier.handle_async_request(request)
        except TimeoutError as error:
            raise ProviderTimeout(self.service, f"not finished within {self._timeouts.total_s:g} s") from error

    def _refusal(self, status: int, body: bytes, explain: Explain | None) -> ProviderError:
        reason = explain(status, body) if explain else ""
        if isinstance(reason, ProviderError):
            return reason
        kind = ProviderLoading if status == httpx.codes.SERVICE_UNAVAILABLE else ProviderRefused
        return kind(self.service, f"status {status}" + (f": {reason[:SHOWN]}" if reason else ""))

    @contextmanager
    def _sorted_failures(self) -> Generator[None]:
        try:
            yield
        except (httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise ProviderUnavailable(self.service, f"no connection within {self._timeouts.connect_s:g} s") from error
        except httpx.TimeoutException as error:
            raise ProviderTimeout(self.service, f"silent for {self._timeouts.read_s:g} s") from error
        except (httpx.ConnectError, httpx.InvalidURL) as error:
            raise ProviderUnavailable(self.service, str(error)) from error
        except httpx.TransportError as error:
            raise ProviderGarbled(self.service, str(error)) from error


class Answer:
    """The body of one answer, read piece by piece. Only time spent waiting for the server counts against its total."""

    def __init__(self, service: Service, response: httpx.Response, total_s: float, waited_s: float) -> None:
        self._service = service
        self._pieces = response.aiter_raw()
        self._total_s = total_s
        self._waited_s = waited_s

    async def read(self) -> bytes:
        """Return the next bytes as soon as there are any; nothing at the end.

        Raises:
            ProviderTimeout: the whole answer takes too long.
        """
        begun = monotonic()
        piece = await anext(self._pieces, b"")
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


def _with_request_id(headers: Mapping[str, str]) -> Mapping[str, str]:
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    return headers if request_id is None else {**headers, "X-Request-Id": str(request_id)}

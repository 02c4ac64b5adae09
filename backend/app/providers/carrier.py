"""The transport under httpx: aiohttp carries, because httpx's own pool costs milliseconds with many requests under way.

httpx-aiohttp joins the two, but calls a refused or broken connection a ConnectTimeout and lets what is not HTTP
through as aiohttp's own error. Here every failure is the httpx error that it is, with a message fit to be shown.
"""

import ssl
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from functools import partial
from typing import cast

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

KEEP_ALIVE_S = 4.0  # the C++ servers close an idle connection after 5 s: leave before they do
LARGEST_WHOLE = 1 << 20  # bytes of a request's body; aiohttp wants a larger one in slices
SLICE = 1 << 16  # bytes
TRUST = ssl.create_default_context()  # the machine's own certificates, read once


class Carrier(AiohttpTransport):
    """Connections to one server, kept between requests; it sends no header, cookie or proxy that it was not given."""

    def __init__(self, connections: int, *, keep: bool = True) -> None:
        """Connect to nothing yet; `connections` is how many requests may be under way at once."""
        super().__init__(verify=TRUST, client=partial(_new_session, connections, keep=keep))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return its answer, unread.

        Raises:
            httpx.TransportError: as `_failures_by_name`.
        """
        if len(request.content) > LARGEST_WHOLE:
            slices = _Slices(request.content)
            request = httpx.Request(
                request.method, request.url, headers=request.headers, stream=slices, extensions=request.extensions
            )
        with _failures_by_name():
            response = await super().handle_async_request(request)
        response.stream = _Body(cast("httpx.AsyncByteStream", response.stream))
        return response


class _Body(httpx.AsyncByteStream):
    def __init__(self, carried: httpx.AsyncByteStream) -> None:
        self._carried = carried

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        with _failures_by_name():
            async for piece in self._carried:
                yield piece

    async def aclose(self) -> None:
        await self._carried.aclose()


class _Slices(httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        for start in range(0, len(self._body), SLICE):
            yield self._body[start : start + SLICE]


def _new_session(connections: int, *, keep: bool) -> aiohttp.ClientSession:
    if keep:
        connector = aiohttp.TCPConnector(limit=connections, ssl=TRUST, keepalive_timeout=KEEP_ALIVE_S)
    else:
        connector = aiohttp.TCPConnector(limit=connections, ssl=TRUST, force_close=True)
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        trust_env=False,
    )


@contextmanager
def _failures_by_name() -> Generator[None]:
    """Raise ConnectTimeout, ConnectError, ReadTimeout, ReadError (it broke off) or RemoteProtocolError (not HTTP)."""
    try:
        yield
    except httpx.TransportError as error:
        raise _named(error.__cause__) from error.__cause__
    except aiohttp.ClientError as error:
        raise _named(error) from error


def _named(failure: BaseException | None) -> httpx.TransportError:
    match failure:
        case aiohttp.ConnectionTimeoutError():
            return httpx.ConnectTimeout("no connection in time")
        case TimeoutError():
            return httpx.ReadTimeout("silent")
        case aiohttp.InvalidURL():
            return httpx.ConnectError("not an address")
        case aiohttp.ClientConnectorError():
            return httpx.ConnectError(_why_unconnected(failure))
        case aiohttp.ClientConnectionError() | aiohttp.ClientPayloadError():
            return httpx.ReadError("the connection broke off")
        case _:
            return httpx.RemoteProtocolError(f"not HTTP ({type(failure).__name__})")


def _why_unconnected(failure: aiohttp.ClientConnectorError) -> str:
    if isinstance(failure, aiohttp.ClientConnectorDNSError):
        return "unknown host name"
    if isinstance(failure.os_error, ConnectionRefusedError):
        return "connection refused"
    return (failure.os_error.strerror or "no connection").lower()

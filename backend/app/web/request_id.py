"""One line in the log and one id for each request; what nobody foresaw ends here, as a 500 that tells nothing.

The id is the caller's `X-Request-Id` if that is sane, and goes to the model servers and back to the caller.
"""

import re
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import InternalError
from app.log import bound, logger
from app.metrics import Metrics
from app.web.errors import error_response
from app.wire.ids import new_id

HEADER = "X-Request-Id"
_SANE = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_QUIET = frozenset({"/health", "/ready", "/metrics"})  # asked every few seconds

log = logger()


def request_id_of(scope: Scope) -> str:
    """Return the id of the present request."""
    return str(scope["state"]["request_id"])


class Requests:
    """ASGI middleware, the outermost."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or one WebSocket."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        request_id = given if _SANE.fullmatch(given) else new_id("req")
        scope.setdefault("state", {})["request_id"] = request_id
        with bound(request_id=request_id):
            if scope["type"] == "http":
                await self._serve(scope, receive, send)
            else:
                await self._app(scope, receive, send)  # `web.realtime` answers for itself

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = 0
        began = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = request_id_of(scope)
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except ClientDisconnect:
            pass  # there is nobody left to answer; the line below has status 0
        except Exception:  # the request ends here
            log.exception("request.broke", method=scope["method"], path=scope["path"])
            self._metrics.errors.labels(InternalError.code).inc()
            if not status:
                await error_response(InternalError())(scope, receive, send_with_id)
        tell = log.debug if scope["path"] in _QUIET else log.info
        elapsed_ms = round((time.perf_counter() - began) * 1000, 1)
        tell("request.done", method=scope["method"], path=scope["path"], status=status, elapsed_ms=elapsed_ms)

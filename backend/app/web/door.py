"""The door that every request and every WebSocket comes through, before anything is looked at more closely.

A WebSocket that may not come in is refused while it is still HTTP, with a status and a reason.
"""

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import KaiwaError
from app.log import logger
from app.web.access import Access
from app.web.client_secrets import ClientSecret
from app.web.errors import Refused, error_response
from app.web.origin import Origins

log = logger()


def secret_of(scope: Scope) -> ClientSecret | None:
    """Return what the client secret stands for that opened the door, if it was one."""
    secret: ClientSecret | None = scope["state"]["client_secret"]
    return secret


class Door:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, origins: Origins, access: Access) -> None:
        self._app, self._origins, self._access = app, origins, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on, or refuse it."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        try:
            self._origins.check(connection)
            scope.setdefault("state", {})["client_secret"] = self._access.admit(connection)
        except Refused as refusal:
            await self._refuse(refusal, scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _refuse(self, refusal: KaiwaError, scope: Scope, receive: Receive, send: Send) -> None:
        log.info("door.refused", code=refusal.code, path=scope["path"])
        await error_response(refusal)(scope, receive, send)

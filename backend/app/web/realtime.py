"""`/v1/realtime`: from a handshake to a running session."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from app.errors import InternalError, RequestError
from app.log import logger
from app.metrics import Metrics
from app.session.client import Client
from app.web.door import secret_of
from app.web.request_id import HEADER, request_id_of
from app.web.sessions import Sessions
from app.web.websocket_client import WebSocketClient
from app.wire.handshake import is_beta, select_subprotocol
from app.wire.refusals import beta_api
from app.wire.server_events import ErrorEvent
from app.wire.session_config import SessionConfig

NORMAL, POLICY_VIOLATION, OUR_FAULT, TRY_AGAIN_LATER = 1000, 1008, 1011, 1013
LONGEST_MODEL = 200

RunSession = Callable[[Client, SessionConfig], Awaitable[None]]
NewConfig = Callable[[str | None], SessionConfig]
"""Makes what a session is before its first update; the argument is the model that the client named."""

log = logger()


class Realtime:
    """The endpoint, as ASGI.

    Args:
        run_session: talks to the client until it has gone.
        new_config: makes a session's first configuration.
        sessions: keeps count.
        metrics: are told of refusals.
    """

    def __init__(self, run_session: RunSession, new_config: NewConfig, sessions: Sessions, metrics: Metrics) -> None:
        self._run_session, self._new_config = run_session, new_config
        self._sessions, self._metrics = sessions, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        await receive()  # the request to connect; who may not was refused at the door
        offered = scope["subprotocols"]
        await send(
            {
                "type": "websocket.accept",
                "subprotocol": select_subprotocol(offered),
                "headers": [(HEADER.lower().encode(), request_id_of(scope).encode())],
            }
        )
        client = WebSocketClient(scope, receive, send)
        if is_beta(Headers(scope=scope), offered):
            await self._turn_away(client, beta_api(), POLICY_VIOLATION)
        elif self._sessions.is_full:
            await self._turn_away(client, _too_many(self._sessions.most), TRY_AGAIN_LATER)
        else:
            with self._sessions.seat(client):
                await self._talk(client, scope)

    async def _talk(self, client: WebSocketClient, scope: Scope) -> None:
        began = time.perf_counter()
        try:
            await self._run_session(client, self._config(scope))
        except Exception:  # the connection ends here
            log.exception("session.broke")
            self._metrics.errors.labels(InternalError.code).inc()
            await client.send(ErrorEvent.from_error(InternalError()).encode())
            await client.close(OUR_FAULT, "The assistant failed; its log says why.")
        await client.close(NORMAL, "")
        log.info("connection.done", path=scope["path"], elapsed_ms=round((time.perf_counter() - began) * 1000))

    def _config(self, scope: Scope) -> SessionConfig:
        asked = parse_qs(scope["query_string"].decode("ascii", "replace")).get("model", [None])[0]
        config = self._new_config(asked and asked[:LONGEST_MODEL])
        secret = secret_of(scope)
        return config if secret is None else configure(config, secret.session, keep_model=asked is not None)

    async def _turn_away(self, client: WebSocketClient, error: RequestError, code: int) -> None:
        log.info("session.refused", code=error.code)
        self._metrics.errors.labels(error.code).inc()
        await client.send(ErrorEvent.from_error(error).encode())
        await client.close(code, str(error))


def configure(config: SessionConfig, session: dict[str, object], *, keep_model: bool = False) -> SessionConfig:
    """Return `config` as a client secret's `session` wants it.

    Raises:
        RequestError: it asks for something that we cannot serve.
    """
    model = session.get("model")
    if isinstance(model, str) and model and not keep_model:
        config = replace(config, model=model[:LONGEST_MODEL])
    return config.merged(session)


def _too_many(most: int) -> RequestError:
    return RequestError(
        f"All {most} places are taken: this assistant holds no more conversations at once. Try again in a moment.",
        code="too_many_sessions",
    )

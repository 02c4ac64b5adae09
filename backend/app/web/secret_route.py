"""`POST /v1/realtime/client_secrets`: a secret for a browser that is not to see the key."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from app.errors import RequestError
from app.web.body import read_body
from app.web.client_secrets import ClientSecrets, SecretRequest
from app.web.realtime import NewConfig, configure


def secret_routes(secrets: ClientSecrets, new_config: NewConfig) -> APIRouter:
    """Return the route."""
    router = APIRouter()

    @router.post("/v1/realtime/client_secrets", response_model=None)
    async def make_secret(request: Request) -> JSONResponse:
        asked = await read_body(request, SecretRequest)
        kind = asked.session.get("type", "realtime")
        if kind != "realtime":
            raise RequestError('Sessions are of type "realtime" only.', param="session.type")
        config = configure(new_config(None), asked.session)  # what is wrong with it is said now, not to the browser
        value, secret = secrets.make(asked)
        answer: dict[str, Any] = {"value": value, "expires_at": int(secret.expires_at), "session": config.wire()}
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    return router

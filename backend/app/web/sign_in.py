"""`POST /v1/sign-in`: a key for a cookie that the page's requests and its WebSocket then carry by themselves."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import Field

from app.web.access import SIGN_IN, Access
from app.web.body import read_body
from app.web.keys import COOKIE, COOKIE_S
from app.wire.received import Received


class SignIn(Received):
    """The body."""

    key: Annotated[str, Field(min_length=1, max_length=1000)]


def sign_in_routes(access: Access) -> APIRouter:
    """Return the route."""
    router = APIRouter()

    @router.post(SIGN_IN, status_code=204)
    async def sign_in(request: Request) -> Response:
        key = (await read_body(request, SignIn)).key.strip()
        response = Response(status_code=204, headers={"Cache-Control": "no-store"})
        if access.keys.for_role("speaker"):
            access.try_key(key, "speaker", request)
            response.set_cookie(
                COOKIE,
                access.keys.make_token(key, access.clock()),
                max_age=COOKIE_S,
                httponly=True,
                samesite="strict",
                secure=request.url.scheme == "https",
            )
        return response

    return router

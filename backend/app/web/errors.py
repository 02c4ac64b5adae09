"""Errors as HTTP answers: always `{"error": {"message", "type", "param", "code"}}`, never anything of the inside."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from app.errors import (
    InternalError,
    KaiwaError,
    ProviderError,
    ProviderTimeout,
    ProviderUnavailable,
    RequestError,
    StoreError,
    UnknownConversation,
)
from app.wire.error_detail import ErrorDetail
from app.wire.sent import JsonObject

CONTEXT_EXCEEDED = "context_exceeded"  # the one refusal of a provider that is the caller's to mend


class Refused(RequestError):  # noqa: N818 - as the errors of the providers, it says what happened
    """A request that is turned away with a status of its own."""

    def __init__(
        self,
        status: HTTPStatus,
        message: str,
        *,
        code: str,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, code=code, param=param)
        self.status = status
        self.headers = headers


def body_of(error: KaiwaError) -> JsonObject:
    """Return what the caller may know."""
    detail = ErrorDetail.of(error)
    return {"error": {"message": detail.message, "type": detail.type, "param": detail.param, "code": detail.code}}


def error_response(error: KaiwaError) -> JSONResponse:
    """Return the answer; it serves a WebSocket's handshake as well."""
    headers = error.headers if isinstance(error, Refused) else None
    return JSONResponse(body_of(error), _status(error), headers)


def install(app: FastAPI) -> None:
    """Have `app` answer its own and our errors so; what is unforeseen is `web.request_id`'s."""
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(KaiwaError, _answer_ours)


async def _answer_http(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise TypeError from error
    status = HTTPStatus(error.status_code)
    code = status.name.lower()
    return error_response(Refused(status, f"{status.phrase}: {status.description}.", code=code, headers=error.headers))


async def _answer_ours(_: Request, error: Exception) -> JSONResponse:
    return error_response(error if isinstance(error, KaiwaError) else InternalError())


def _status(error: KaiwaError) -> HTTPStatus:
    if isinstance(error, Refused):
        return error.status
    if isinstance(error, UnknownConversation):
        return HTTPStatus.NOT_FOUND
    if isinstance(error, RequestError) or error.code == CONTEXT_EXCEEDED:
        return HTTPStatus.BAD_REQUEST
    if isinstance(error, ProviderUnavailable | StoreError):
        return HTTPStatus.SERVICE_UNAVAILABLE
    if isinstance(error, ProviderTimeout):
        return HTTPStatus.GATEWAY_TIMEOUT
    return HTTPStatus.BAD_GATEWAY if isinstance(error, ProviderError) else HTTPStatus.INTERNAL_SERVER_ERROR

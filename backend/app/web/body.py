"""Bodies of requests: bounded while they come in, then read as strictly as the messages of a session."""

from http import HTTPStatus
from typing import TypeVar

from starlette.requests import Request

from app.errors import RequestError
from app.web.errors import Refused
from app.wire.received import Received, check, read_json

MOST_BYTES = 1 << 20

ModelT = TypeVar("ModelT", bound=Received)


async def read_body(request: Request, model: type[ModelT]) -> ModelT:
    """Return the JSON body as `model`.

    Raises:
        Refused: it is larger than 1 MiB, announced or not.
        RequestError: it is not JSON, or not what `model` says; `param` names the field.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > MOST_BYTES:
        raise _too_large()
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise _too_large()
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise RequestError("The body is not UTF-8.", code="invalid_json") from None
    return check(model, read_json(text))


def _too_large() -> Refused:
    # The rest is not read: the connection cannot be used again.
    return Refused(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"The body is larger than {MOST_BYTES} bytes.",
        code="body_too_large",
        headers={"Connection": "close"},
    )

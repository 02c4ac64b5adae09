"""Reading a request's body with a limit: one that is too large is refused before it is held in memory."""

from starlette.requests import Request


class BodyTooLargeError(Exception):
    """The body is larger than the server takes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the body is too large: at most {limit} bytes")


async def read_body(request: Request, limit: int) -> bytes:
    """Return the whole body, or raise `BodyTooLargeError` as soon as it is known to exceed `limit` bytes."""
    declared = request.headers.get("content-length", "0")
    if declared.isascii() and declared.isdigit() and int(declared) > limit:
        raise BodyTooLargeError(limit)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise BodyTooLargeError(limit)
    return bytes(body)

"""whisper-server's routes: same paths, fields, answers and plain-text errors.

Unlike the real one the line is bounded, an upload has a limit and never touches the disk, a caller who leaves while in
line is not served, and no page of another origin is told that it may read the answer.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from functools import partial

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from app.local.body import BodyTooLargeError, read_body
from app.local.lane import CallerGoneError, Lane, LaneFullError, wait_for_leaving
from app.local.stt.fields import NotANumberError, read_options
from app.local.stt.recording import UnreadableError, decode
from app.local.stt.replies import reply
from app.local.stt.whisper import ProcessingError, Whisper

log = logging.getLogger("kaiwa.local.stt")

MAX_BODY_BYTES = 64 << 20
MAX_FIELD_BYTES = 64 << 10
MAX_FIELDS = 64
MAX_CALLERS = 16


class InvalidError(Exception):
    """The request lacks its recording or is no form."""


class _InMemoryParser(MultiPartParser):
    spool_max_size = MAX_BODY_BYTES


class Routes:
    """The handlers and what they share."""

    def __init__(self, whisper: Whisper) -> None:
        self._whisper = whisper
        self._lane = Lane(MAX_CALLERS)

    async def health(self, _request: Request) -> Response:
        """GET /health."""
        return JSONResponse({"status": "ok"})

    async def inference(self, request: Request) -> Response:
        """POST /inference."""
        fields, upload = await _read_form(request)
        options = read_options(fields)
        if not self._whisper.knows(options.language):
            raise InvalidError
        samples = await asyncio.to_thread(decode, upload)
        with self._lane.admit():
            job = partial(self._whisper.transcribe, samples, options)
            transcript = await self._lane.run(job, wait_for_leaving(request))
        return reply(transcript, options)


def build(whisper: Whisper) -> Starlette:
    """Return the application."""
    routes = Routes(whisper)
    return Starlette(
        routes=[Route("/health", routes.health), Route("/inference", routes.inference, methods=["POST"])],
        exception_handlers={
            InvalidError: _say_invalid,
            UnreadableError: _say_invalid,
            BodyTooLargeError: _say_invalid,
            NotANumberError: _say_not_a_number,
            ProcessingError: _say_unprocessed,
            LaneFullError: _say_busy,
            CallerGoneError: _say_nothing,
            ClientDisconnect: _say_nothing,
            HTTPException: _say_not_found,
            Exception: _say_failed,
        },
    )


async def _read_form(request: Request) -> tuple[Mapping[str, str], bytes]:
    """Return the text fields and the bytes of `file`, which may be a plain part as well."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise InvalidError
    body = await read_body(request, MAX_BODY_BYTES)

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body
        yield b""

    parser = _InMemoryParser(
        request.headers, stream(), max_files=1, max_fields=MAX_FIELDS, max_part_size=MAX_FIELD_BYTES
    )
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, UnicodeError) as error:
        raise InvalidError from error
    try:
        upload = form.get("file")
        sound = await upload.read() if isinstance(upload, UploadFile) else (upload or "").encode()
    finally:
        await form.close()
    if not sound:
        raise InvalidError
    return {name: value for name, value in form.items() if isinstance(value, str)}, sound


def _say_invalid(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse("Invalid request", 400)


def _say_not_a_number(_request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"500 Internal Server Error\n{error}", 500)


def _say_unprocessed(_request: Request, _error: Exception) -> Response:
    log.warning("a recording could not be transcribed")
    return JSONResponse({"error": "failed to process audio"}, 500)


def _say_busy(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse(f"busy: {MAX_CALLERS} requests are waiting already", 503)


def _say_nothing(_request: Request, _error: Exception) -> Response:
    return Response(status_code=499)  # nobody reads it


def _say_not_found(request: Request, _error: Exception) -> Response:
    return PlainTextResponse(f"File Not Found ({request.url.path})", 404)


def _say_failed(_request: Request, error: Exception) -> Response:
    log.error("a request failed: %s", type(error).__name__)
    return PlainTextResponse("500 Internal Server Error", 500)

"""Fish Speech's routes over the small voices: same paths, bodies, statuses and error shapes.

Better than the real one where that harms nobody: an unknown voice is refused, a stream's first piece is made before
the 200 goes out, and a caller who leaves ends the work at the next sentence.
"""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from functools import partial
from http import HTTPStatus
from threading import Event
from typing import Any, Literal

import msgpack
import numpy as np
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from app.local.body import BodyTooLargeError, read_body
from app.local.lane import CallerGoneError, Lane, LaneFullError, wait_for_leaving
from app.local.resampling import Samples
from app.local.tts.request import SpeechRequest
from app.local.tts.sound import MEDIA_TYPES, to_file, to_pcm
from app.local.tts.voices import RATE, Choir, Line, NoVoiceError, UnknownVoiceError

log = logging.getLogger("kaiwa.local.tts")

MAX_BODY_BYTES = 1 << 20
MAX_CHARACTERS = 4000
MAX_CALLERS = 16
ACCEPTED = ("application/json", "application/msgpack")
# What there is to send when a text holds nothing to say: a stream of no bytes would read as a failure.
NOTHING = np.zeros(RATE // 10, np.float32)


class RefusedError(Exception):
    """The request cannot be served as it is; the text says why."""


def fail(status: int, message: str | None, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return an error in Fish Speech's shape."""
    body = {"statusCode": status, "message": message, "error": HTTPStatus(status).phrase}
    return JSONResponse(body, status, headers)


class _Stream(StreamingResponse):
    """A stream that keeps its place in the lane for exactly as long as it is being sent."""

    def __init__(self, content: AsyncIterator[bytes], place: ExitStack) -> None:
        super().__init__(content, media_type=MEDIA_TYPES["wav"], headers=_attach("wav"))
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._place:
            await super().__call__(scope, receive, send)


class Routes:
    """The handlers and what they share."""

    def __init__(self, choir: Choir) -> None:
        self._choir = choir
        self.lane = Lane(MAX_CALLERS)

    async def health(self, _request: Request) -> Response:
        """GET or POST /v1/health."""
        return JSONResponse({"status": "ok"})

    async def references(self, request: Request) -> Response:
        """GET /v1/references/list: the names of the voices, as msgpack unless JSON is asked for."""
        names = list(self._choir.names)
        body = {"success": True, "reference_ids": names, "message": f"Found {len(names)} voices"}
        asked = request.query_params.get("format"), request.headers.get("accept", "")
        if asked[0] == "json" or "application/json" in asked[1]:
            return JSONResponse(body)
        return Response(msgpack.packb(body), media_type="application/msgpack")

    async def speak(self, request: Request) -> Response:
        """POST /v1/tts: the text as sound, whole or as a stream of raw samples."""
        asked = SpeechRequest.model_validate(await _read_fields(request))
        _check(asked)
        lines = self._choir.assign(asked.text, asked.reference_id, asked.seed)
        with ExitStack() as place:
            place.enter_context(self.lane.admit())
            parts = self._say(request, lines)
            if asked.streaming:
                first = await anext(parts, NOTHING)
                return _Stream(_send(first, parts), place.pop_all())
            whole = [part async for part in parts] or [NOTHING]
        form: Literal["wav", "mp3"] = "mp3" if asked.format == "mp3" else "wav"
        sound = await asyncio.to_thread(to_file, np.concatenate(whole), RATE, form)
        return Response(sound, media_type=MEDIA_TYPES[form], headers=_attach(form))

    async def _say(self, request: Request, lines: Sequence[Line]) -> AsyncIterator[Samples]:
        for line in lines:
            samples = await self.lane.run(partial(_speak, line), wait_for_leaving(request))
            if samples.size:
                yield samples


def _speak(line: Line, _gone: Event) -> Samples:
    # A sentence is short: a caller who leaves stops the work before the next one, not inside this one.
    return line.speak()


async def _send(first: Samples, rest: AsyncIterator[Samples]) -> AsyncIterator[bytes]:
    yield to_pcm(first)
    try:
        async for samples in rest:
            yield to_pcm(samples)
    except CallerGoneError:
        log.info("a caller left before the end of the speech")


def build(choir: Choir) -> Starlette:
    """Return the application."""
    routes = Routes(choir)
    return Starlette(
        routes=[
            Route("/v1/health", routes.health, methods=["GET", "POST"]),
            Route("/v1/tts", routes.speak, methods=["POST"]),
            Route("/v1/references/list", routes.references),
        ],
        exception_handlers={
            ValidationError: _list_mistakes,
            RefusedError: _refuse,
            UnknownVoiceError: _refuse,
            NoVoiceError: _refuse,
            BodyTooLargeError: _refuse,
            LaneFullError: _say_busy,
            CallerGoneError: _say_nothing,
            ClientDisconnect: _say_nothing,
            HTTPException: _say_status,
            Exception: _say_failed,
        },
    )


async def _read_fields(request: Request) -> Any:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in ACCEPTED:
        raise HTTPException(415, headers={"Accept": ", ".join(ACCEPTED)})
    raw = await read_body(request, MAX_BODY_BYTES)
    try:
        return json.loads(raw) if kind == "application/json" else msgpack.unpackb(raw)
    except (ValueError, RecursionError, msgpack.UnpackException) as error:
        raise RefusedError(f"the body is not valid {kind}") from error


def _check(asked: SpeechRequest) -> None:
    if len(asked.text) > MAX_CHARACTERS:
        raise RefusedError(f"Text is too long, max length is {MAX_CHARACTERS}")
    if asked.streaming and asked.format != "wav":
        raise RefusedError("Streaming only supports WAV format")
    if asked.format not in MEDIA_TYPES:
        raise RefusedError(f"this server makes wav and mp3, not {asked.format}")
    if asked.references and not asked.reference_id:
        raise RefusedError("these voices cannot be cloned from a recording: name one in reference_id")


def _attach(form: str) -> dict[str, str]:
    return {"Content-Disposition": f"attachment; filename=audio.{form}"}


def _list_mistakes(_request: Request, error: Exception) -> Response:
    # Without the input: a caller knows what it sent, and nobody else needs to.
    mistakes = (
        error.errors(include_url=False, include_input=False, include_context=False)
        if isinstance(error, ValidationError)
        else []
    )
    return JSONResponse(mistakes, 422)


def _refuse(_request: Request, error: Exception) -> Response:
    return fail(400, str(error))


def _say_busy(_request: Request, _error: Exception) -> Response:
    return fail(503, f"busy: {MAX_CALLERS} requests are waiting already")


def _say_nothing(_request: Request, _error: Exception) -> Response:
    log.info("a caller left before it was served")
    return Response(status_code=499)  # nobody reads it


def _say_status(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return fail(500, None)
    return fail(error.status_code, None, dict(error.headers or {}))


def _say_failed(_request: Request, error: Exception) -> Response:
    log.error("a request failed: %s", type(error).__name__)
    return fail(500, "Failed to generate speech")

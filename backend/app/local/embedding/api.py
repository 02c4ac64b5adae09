"""llama-server's embedding routes over the sentence encoder: same paths, bodies, statuses and error shapes."""

import asyncio
import base64
import json
import logging
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.local.body import BodyTooLargeError, read_body
from app.local.embedding.encoder import DIMENSIONS, Encoder, Vectors, normalise
from app.local.lane import CallerGoneError, Lane, LaneFullError, wait_for_leaving

log = logging.getLogger("kaiwa.local.embedding")

MAX_BODY_BYTES = 4 << 20
MAX_TEXTS = 1024
MAX_CHARACTERS = 32_768
MAX_CALLERS = 32
BARE_PATHS = ("/embedding", "/embeddings")

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(slots=True)
class State:
    """What the routes work with; `encoder` is None while it loads."""

    name: str
    encoder: Encoder | None = None


class RefusedError(Exception):
    """The caller's request cannot be served as it is; the text says why."""


class LoadingError(Exception):
    """The encoder is not there yet."""


def fail(status: int, kind: str, message: str) -> JSONResponse:
    """Return an error in llama-server's shape."""
    return JSONResponse({"error": {"code": status, "message": message, "type": kind}}, status)


def read_texts(body: dict[str, Any]) -> list[str]:
    """Return the texts of `input` or `content`: a string, or a list of strings or of objects with `content`."""
    asked = body.get("input", body.get("content"))
    if asked is None:
        raise RefusedError('"input" or "content" must be provided')
    entries = asked if isinstance(asked, list) else [asked]
    if not entries:
        raise RefusedError("Input content cannot be empty")
    if len(entries) > MAX_TEXTS:
        raise RefusedError(f"too many inputs: at most {MAX_TEXTS} at once")
    return [_read_text(entry.get("content") if isinstance(entry, dict) else entry) for entry in entries]


def _read_text(text: Any) -> str:
    if not isinstance(text, str):
        raise RefusedError("this encoder takes text: a string, a list of strings, or objects with 'content'")
    if not text:
        raise RefusedError("Input content cannot be empty")
    if len(text) > MAX_CHARACTERS:
        raise RefusedError(f"input is too large to process: at most {MAX_CHARACTERS} characters")
    return text


class Routes:
    """The handlers and what they share."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._lane = Lane(MAX_CALLERS)

    async def health(self, _request: Request) -> Response:
        """GET /health."""
        return JSONResponse({"status": "ok"})

    async def models(self, _request: Request) -> Response:
        """GET /v1/models."""
        meta = {"n_embd": DIMENSIONS}
        entry = {"id": self._state.name, "object": "model", "created": 0, "owned_by": "kaiwa", "meta": meta}
        return JSONResponse({"object": "list", "data": [entry]})

    async def embedding(self, request: Request) -> Response:
        """POST /embedding: a bare list, each vector in a list of its own."""
        body = await _read_json(request)
        vectors, _ = await self._encode(request, body)
        return JSONResponse([{"index": i, "embedding": [row]} for i, row in enumerate(vectors.tolist())])

    async def openai(self, request: Request) -> Response:
        """POST /v1/embeddings: OpenAI's shape, as numbers or base64; with `content` it is the bare list again."""
        body = await _read_json(request)
        form = body.get("encoding_format", "float")
        if form not in ("float", "base64"):
            raise RefusedError("Field 'encoding_format': expected float or base64")
        vectors, tokens = await self._encode(request, body)
        if "input" not in body:
            return JSONResponse([{"index": i, "embedding": [row]} for i, row in enumerate(vectors.tolist())])
        rows = _encode_base64(vectors) if form == "base64" else vectors.tolist()
        extra = {"encoding_format": form} if form == "base64" else {}
        return JSONResponse(
            {
                "model": body.get("model", self._state.name),
                "object": "list",
                "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
                "data": [{"embedding": row, "index": i, "object": "embedding", **extra} for i, row in enumerate(rows)],
            }
        )

    async def _encode(self, request: Request, body: dict[str, Any]) -> tuple[Vectors, int]:
        """Return a vector for each text of `body`, and the number of their tokens."""
        encoder = self._state.encoder
        if encoder is None:
            raise LoadingError
        texts, kind = read_texts(body), _read_normalisation(body)
        with self._lane.admit():
            return await self._lane.run(
                lambda _gone: (normalise(encoder.encode(texts), kind), encoder.count_tokens(texts)),
                wait_for_leaving(request),
            )


def build(state: State, load: Callable[[], Encoder]) -> Starlette:
    """Return the application; it loads the encoder while it already answers 503."""
    routes = Routes(state)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        loading = asyncio.create_task(_load(state, load))
        yield
        loading.cancel()

    return Starlette(
        lifespan=lifespan,
        routes=[
            *(Route(path, _once_loaded(state, routes.health)) for path in ("/health", "/v1/health")),
            *(Route(path, _once_loaded(state, routes.models)) for path in ("/models", "/v1/models")),
            *(Route(path, _once_loaded(state, routes.embedding), methods=["POST"]) for path in BARE_PATHS),
            Route("/v1/embeddings", _once_loaded(state, routes.openai), methods=["POST"]),
        ],
        exception_handlers={
            RefusedError: _refuse,
            BodyTooLargeError: _refuse,
            LoadingError: _say_loading,
            LaneFullError: _say_busy,
            CallerGoneError: _say_nothing,
            ClientDisconnect: _say_nothing,
            HTTPException: _say_status,
            Exception: _say_failed,
        },
    )


async def _load(state: State, load: Callable[[], Encoder]) -> None:
    try:
        state.encoder = await asyncio.to_thread(load)
    except Exception:  # the task ends here; without its encoder the server is of no use
        log.exception("the encoder could not be loaded")
        os.kill(os.getpid(), signal.SIGTERM)
    else:
        log.info("the encoder is loaded")


def _once_loaded(state: State, handler: Handler) -> Handler:
    """Return `handler` behind llama-server's rule that no route answers before the model is there."""

    async def answer(request: Request) -> Response:
        if state.encoder is None:
            raise LoadingError
        return await handler(request)

    return answer


async def _read_json(request: Request) -> dict[str, Any]:
    raw = await read_body(request, MAX_BODY_BYTES)
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise RefusedError("the body is not valid JSON") from error
    if not isinstance(body, dict):
        raise RefusedError("the body must be a JSON object")
    return body


def _read_normalisation(body: dict[str, Any]) -> int:
    kind = body.get("embd_normalize", 2)
    if isinstance(kind, bool) or kind not in (-1, 0, 1, 2):
        raise RefusedError("Field 'embd_normalize': expected -1, 0, 1 or 2")
    return int(kind)


def _encode_base64(vectors: Vectors) -> list[str]:
    return [base64.b64encode(row.astype("<f4").tobytes()).decode() for row in vectors]


def _refuse(_request: Request, error: Exception) -> Response:
    return fail(400, "invalid_request_error", str(error))


def _say_loading(_request: Request, _error: Exception) -> Response:
    return fail(503, "unavailable_error", "Loading model")


def _say_busy(_request: Request, _error: Exception) -> Response:
    return fail(503, "unavailable_error", f"busy: {MAX_CALLERS} requests are waiting already")


def _say_nothing(_request: Request, _error: Exception) -> Response:
    return Response(status_code=499)  # nobody reads it


def _say_status(_request: Request, error: Exception) -> Response:
    # As the real one: a GET on a POST route is not found either.
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status in (404, 405):
        return fail(404, "not_found_error", "File Not Found")
    return fail(status, "invalid_request_error", "the request could not be read")


def _say_failed(_request: Request, error: Exception) -> Response:
    log.error("a request failed: %s", type(error).__name__)
    return fail(500, "server_error", "the encoder failed")

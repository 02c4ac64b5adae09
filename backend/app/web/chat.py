"""`POST /v1/chat/completions`: any OpenAI client can type to the assistant. A caller who leaves cancels the answer."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from http import HTTPStatus
from typing import TypeVar

from fastapi import APIRouter, Request
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.session.services import Services
from app.session.writer import Writer
from app.web.body import read_body
from app.web.chat_answer import ChatAnswer, Piece
from app.web.chat_request import ChatBody
from app.web.errors import Refused

T = TypeVar("T")


class Chats:
    """The answers that are being written.

    Args:
        services: whose language model writes.
        model_name: tells the name of the model that serves.
        most: how many there may be at once.
    """

    def __init__(self, services: Services, model_name: Callable[[], str], most: int) -> None:
        self._services, self._model_name, self._most = services, model_name, most
        self._open = 0

    async def answer(self, request: Request) -> Response:
        """Answer one request."""
        body = await read_body(request, ChatBody)
        usage = body.stream_options is not None and body.stream_options.include_usage
        answer = ChatAnswer(self._model_name(), include_usage=usage)
        if body.stream:
            pieces = self._write(body)
            first = await _while_there(request, anext(pieces))  # an error before it still has a status of its own
            return EventStream(answer.stream(_with_first(first, pieces)), pieces)
        await _while_there(request, self._collect(body, answer))
        return JSONResponse(answer.whole())

    async def _write(self, body: ChatBody) -> AsyncGenerator[Piece, None]:
        if self._open >= self._most:
            raise Refused(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"{self._most} answers are being written already. Try again in a moment.",
                code="too_many_requests",
                headers={"Retry-After": "1"},
            )
        self._open += 1
        try:
            writer = Writer(self._services.llm, body.request(self._services.manner))
            async with aclosing(writer.write()) as pieces:
                async for piece in pieces:
                    yield piece
        finally:
            self._open -= 1

    async def _collect(self, body: ChatBody, answer: ChatAnswer) -> None:
        async with aclosing(self._write(body)) as pieces:
            async for piece in pieces:
                answer.take(piece)


class EventStream(StreamingResponse):
    """Server-sent events; whichever way their sending ends, the answer behind them ends as well."""

    def __init__(self, events: AsyncGenerator[str, None], pieces: AsyncGenerator[Piece, None]) -> None:
        super().__init__(events, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them."""
        async with aclosing(self._pieces):
            await super().__call__(scope, receive, send)


def chat_routes(chats: Chats) -> APIRouter:
    """Return the route."""
    router = APIRouter()
    router.add_api_route("/v1/chat/completions", chats.answer, methods=["POST"], response_model=None)
    return router


async def _while_there(request: Request, work: Awaitable[T]) -> T:
    """Return what `work` returns, unless the caller leaves meanwhile: then it is cancelled.

    Raises:
        ClientDisconnect: the caller left.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(request.receive())  # the body has been read: all that can come is the end
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _with_first(first: Piece, rest: AsyncGenerator[Piece, None]) -> AsyncGenerator[Piece, None]:
    yield first
    async for piece in rest:
        yield piece

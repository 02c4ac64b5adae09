"""A server that hands out the page and speaks as much of the Realtime protocol as a test tells it to.

It makes nothing up: every event it sends is a test's, but for `session.created` and `session.updated`.
"""

import asyncio
import base64
import binascii
import json
import queue
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

FRONTEND = Path(__file__).parents[3] / "frontend"
PATIENCE_S = 15
BYTES_PER_MS = 48  # 24 kHz, 16 bits

Event = dict[str, Any]


class FakeRealtime:
    """What a test holds: it awaits the page's messages and sends the server's."""

    def __init__(self, loop: asyncio.AbstractEventLoop, address: str) -> None:
        self.address = address
        self.key: str | None = None  # when set, whoever has no cookie with it is turned away
        self.silent = False  # when set, no session is ever ready
        self.full = False  # when set, whoever connects is told so and closed with 1013
        self.health: Event = {"providers": {}, "warnings": []}
        self.kept: list[Event] = []  # summaries of conversations
        self.refusals: list[Event] = []  # errors for the next updates of a session, instead of `session.updated`
        self.headers = {"Content-Security-Policy": "default-src 'self'"}  # the page claims to live with that
        self.sound: queue.Queue[bytes] = queue.Queue(maxsize=10_000)
        self.ended = threading.Event()  # a connection was
        self._messages: queue.Queue[Event] = queue.Queue(maxsize=1000)
        self._loop = loop
        self._socket: WebSocket | None = None

    def await_message(self, kind: str) -> Event:
        """Return the page's next message, which must be a `kind`; sound is not counted, it goes to `sound`."""
        message = self._messages.get(timeout=PATIENCE_S)
        assert message["type"] == kind, message
        return message

    def await_item(self) -> Event:
        """Return the item that the page makes next, whatever else it says before."""
        while (message := self._messages.get(timeout=PATIENCE_S))["type"] != "conversation.item.create":
            pass
        item: Event = message["item"]
        return item

    def send(self, *events: Event) -> None:
        """Send events in this order."""
        for event in events:
            self._run(self._require_socket().send_json({"event_id": "event_1", **event}))

    def close(self, code: int) -> None:
        """End the connection."""
        self._run(self._require_socket().close(code))

    async def talk(self, websocket: WebSocket) -> None:
        """Serve one connection."""
        if not self._knows(websocket):
            await websocket.close()  # before accepting: the handshake is refused
            return
        await websocket.accept()
        self._socket = websocket
        await websocket.send_json({"type": "session.created", "event_id": "event_0", "session": {}})
        if self.full:
            error = {"type": "server_error", "code": "too_many_sessions", "message": "All seats are taken."}
            await websocket.send_json({"type": "error", "event_id": "event_0", "error": error})
            await websocket.close(1013)
            return
        try:
            async for text in websocket.iter_text():
                await self._take(json.loads(text))
        except WebSocketDisconnect:
            return
        finally:
            self.ended.set()

    async def sign_in(self, request: Request) -> Response:
        """Trade the key for a cookie."""
        if self.key is None or (await request.json())["key"] != self.key:
            return JSONResponse({"error": {"code": "wrong_key", "message": "no"}}, 401)
        response = Response(status_code=204)
        response.set_cookie("kaiwa_key", self.key, httponly=True, samesite="strict")
        return response

    async def voices(self, request: Request) -> Response:
        """Answer as a route that asks for the key."""
        voices = {"object": "list", "data": [{"id": "heart", "object": "voice"}], "default": "heart"}
        return JSONResponse(voices if self._knows(request) else {}, 200 if self._knows(request) else 401)

    async def conversations(self, _request: Request) -> Response:
        """List what the test put in `kept`."""
        return JSONResponse({"object": "list", "data": self.kept, "next": None})

    async def conversation(self, request: Request) -> Response:
        """Show one, in which nothing was said."""
        times = {"created_at": 1_795_629_000, "updated_at": 1_795_629_000}
        summary = {"id": request.path_params["id"], "object": "conversation", "title": "", "messages": 0}
        return JSONResponse(summary | times | {"items": []})

    async def ready(self, _request: Request) -> Response:
        """Show the health document that the test put in `health`."""
        return JSONResponse(self.health, 200 if self.health.get("status") != "unavailable" else 503)

    async def _take(self, message: Event) -> None:
        if message["type"] == "input_audio_buffer.append":
            self.sound.put_nowait(base64.b64decode(message["audio"], validate=True))
            return
        self._messages.put_nowait(message)
        if message["type"] == "session.update" and not self.silent:
            for event in self._answer_update(message):
                await self._require_socket().send_json({"event_id": "event_1", **event})

    def _answer_update(self, message: Event) -> list[Event]:
        if self.refusals:
            return [{"type": "error", "error": {**self.refusals.pop(0), "event_id": message.get("event_id")}}]
        session = message["session"]
        wanted = session["kaiwa"].get("conversation")
        if wanted is None:
            return [{"type": "session.updated", "session": session}]
        conversation = {"id": "conv_1", "token": "token_1", "kept": wanted.get("keep", True)}
        session = {**session, "kaiwa": {**session["kaiwa"], "conversation": conversation}}
        restored = {"type": "kaiwa.conversation.restored", "conversation_id": "conv_1", "title": ""}
        shown = [] if "keep" in wanted else [restored | {"items": [], "answer_follows": False}]
        return [{"type": "session.updated", "session": session}, *shown]

    def _knows(self, connection: HTTPConnection) -> bool:
        return self.key is None or connection.cookies.get("kaiwa_key") == self.key

    def _require_socket(self) -> WebSocket:
        assert self._socket is not None, "the page has not connected"
        return self._socket

    def _run(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)


def _add_headers(app: ASGIApp, headers: dict[str, str]) -> ASGIApp:
    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
            await send(message)

        await app(scope, receive, send_with_headers if scope["type"] == "http" else send)

    return wrapped


@contextmanager
def serve(page: Path) -> Iterator[FakeRealtime]:
    """Run a fake server on a port that the system chose, on a thread of its own; `page` is the folder it hands out."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        loop = asyncio.new_event_loop()
        fake = FakeRealtime(loop, f"http://127.0.0.1:{listener.getsockname()[1]}")
        config = uvicorn.Config(
            _make_app(fake, page), ws="websockets-sansio", log_config=None, timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: loop.run_until_complete(server.serve(sockets=[listener])))
        thread.start()
        try:
            yield fake
        finally:
            server.should_exit = True
            thread.join(PATIENCE_S)
            loop.close()


def _make_app(fake: FakeRealtime, page: Path) -> ASGIApp:
    routes = [
        WebSocketRoute("/v1/realtime", fake.talk),
        Route("/v1/sign-in", fake.sign_in, methods=["POST"]),
        Route("/v1/voices", fake.voices),
        Route("/v1/conversations", fake.conversations),
        Route("/v1/conversations/{id}", fake.conversation),
        Route("/ready", fake.ready),
        Mount("/", StaticFiles(directory=page, html=True)),
    ]
    return _add_headers(Starlette(routes=routes), fake.headers)


def heard(item: str, words: str, after: str | None = None) -> list[Event]:
    """What the server says when an utterance has ended and its words are known; it comes behind the item `after`."""
    kind = "conversation.item.input_audio_transcription"
    return [
        {"type": "input_audio_buffer.speech_stopped", "item_id": item, "audio_end_ms": 100},
        {"type": "input_audio_buffer.committed", "item_id": item, "previous_item_id": after},
        {"type": f"{kind}.completed", "item_id": item, "content_index": 0, "transcript": words},
    ]


def answer_begins(response: str, item: str) -> list[Event]:
    """An answer under way, of which nothing has come yet."""
    return [
        {"type": "response.created", "response": {"id": response, "status": "in_progress", "output": []}},
        {
            "type": "response.output_item.added",
            "response_id": response,
            "output_index": 0,
            "item": {"id": item, "type": "message", "role": "assistant", "content": []},
        },
    ]


def sentence(response: str, item: str, words: str, sound_ms: int) -> list[Event]:
    """One sentence and its sound (a low hum), in deltas of 100 ms."""
    ids = {"response_id": response, "item_id": item, "output_index": 0, "content_index": 0}
    hum = b"\x00\x10" * 20 + b"\x00\xf0" * 20
    sound = binascii.b2a_base64((hum * (100 * BYTES_PER_MS // len(hum))), newline=False).decode()
    deltas = [{"type": "response.output_audio.delta", **ids, "delta": sound}] * (sound_ms // 100)
    return [{"type": "response.output_audio_transcript.delta", **ids, "delta": words}, *deltas]


def answer_ends(response: str, item: str, words: str) -> list[Event]:
    """The close of a complete answer."""
    ids = {"response_id": response, "item_id": item, "output_index": 0, "content_index": 0}
    return [
        {"type": "response.output_audio.done", **ids},
        {"type": "response.output_audio_transcript.done", **ids, "transcript": words},
        {"type": "response.done", "response": {"id": response, "status": "completed", "output": []}},
    ]

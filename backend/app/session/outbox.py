"""What goes to the client, in order and not too early.

Two lanes: `tell` is for facts that must not wait (speech started, errors). An answer's messages keep their order:
`post` takes its frame (created, added, done), `put` its sound and text, which wait so that they are never more than two
seconds ahead of what the client can have played, and which a cut drops.
The lanes are bounded; a client that does not take its messages is closed with the reason, and nothing is left out.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sized
from dataclasses import dataclass
from typing import Protocol

from app.log import logger
from app.session.client import Client
from app.session.limits import Clock

log = logger()

_QUEUED = 64  # messages of an answer that may wait here: with deltas of 200 ms never the narrow place
_FRAMES = 2048  # other messages that may wait, in each lane
_PLAYOUTS = 16  # answers of which it is known how far they were played
_TOO_SLOW = 1013
_TOO_SLOW_REASON = "client is too slow: it does not read its messages"


class Message(Protocol):
    """A message of the wire."""

    def encode(self) -> str:
        """Return its JSON text."""
        ...


@dataclass(slots=True, eq=False)
class _Piece:
    key: str
    message: Message | None
    on_send: Callable[[], None] | None
    audio_ms: float = 0.0
    droppable: bool = False


@dataclass(slots=True)
class _Playout:
    """How far the client can have played one answer."""

    sent_ms: float = 0.0
    ends_at: float = 0.0  # clock seconds at which everything sent will have been played

    def heard_ms(self, now: float) -> float:
        return max(0.0, self.sent_ms - max(0.0, self.ends_at - now) * 1000)


class Outbox:
    """The one writer of a session's socket."""

    def __init__(self, client: Client, clock: Clock, *, ahead_s: float, lag_s: float) -> None:
        self._client, self._clock = client, clock
        self._ahead_s, self._lag_s = ahead_s, lag_s
        self._told: deque[Message] = deque()
        self._queue: deque[_Piece] = deque()
        self._news, self._room = asyncio.Event(), asyncio.Event()
        self._playouts: dict[str, _Playout] = {}
        self._overrun = False
        self._farewell: tuple[int, str] | None = None
        self._playing_until = 0.0
        self._on_time_at = clock()  # when the client last had all that it should have, or sound to play

    @property
    def playing(self) -> bool:
        """Whether the client can still be playing something."""
        return self._clock() < self._playing_until

    def tell(self, message: Message) -> None:
        """Send before anything that waits."""
        if self._has_room(self._told):
            self._told.append(message)
        self._news.set()

    def post(self, key: str, message: Message, on_send: Callable[[], None] | None = None) -> None:
        """Send in order a message that frames an answer.

        Args:
            key: the answer it belongs to, for `forget` and `heard_ms`.
            message: what to send.
            on_send: called just before it is handed to the socket.
        """
        if self._has_room(self._queue):
            self._queue.append(_Piece(key, message, on_send))
        self._news.set()

    def _has_room(self, lane: Sized) -> bool:
        """Whether the lane takes another message; once one does not, the client is closed."""
        self._overrun = self._overrun or len(lane) >= _FRAMES
        return not self._overrun

    async def put(
        self, key: str, message: Message, audio_ms: float = 0.0, on_send: Callable[[], None] | None = None
    ) -> None:
        """Send in order a piece of an answer that plays for `audio_ms`. Waits while too much is queued."""
        while sum(piece.key == key for piece in self._queue) >= _QUEUED:
            self._room.clear()
            await self._room.wait()
        self._queue.append(_Piece(key, message, on_send, audio_ms, droppable=True))
        self._news.set()

    def mark(self, key: str, reached: Callable[[], None]) -> None:
        """Call `reached` when all that was put before it has been sent; never, if the answer is forgotten first."""
        if self._has_room(self._queue):
            self._queue.append(_Piece(key, None, reached, droppable=True))
        self._news.set()

    def forget(self, key: str) -> None:
        """Drop the sound and text that wait of this answer; the client is taken to be silent from now on."""
        self._queue = deque(piece for piece in self._queue if piece.key != key or not piece.droppable)
        self._playouts.pop(key, None)
        self._playing_until = min(self._playing_until, self._clock())
        self._room.set()
        self._news.set()

    def heard_ms(self, key: str) -> float | None:
        """How much of this answer the client can have played by now; None when nothing was sent lately."""
        playout = self._playouts.get(key)
        return playout.heard_ms(self._clock()) if playout else None

    def part(self, message: Message, code: int, reason: str) -> None:
        """Send what was told and this, then close."""
        self.tell(message)
        self._farewell = (code, reason)

    @property
    def parting(self) -> bool:
        """Whether `run` is about to end, for one reason or the other."""
        return self._farewell is not None or self._overrun

    async def run(self) -> None:
        """Write until `part`, or until the client cannot keep up; it is closed then."""
        farewell = (_TOO_SLOW, _TOO_SLOW_REASON)
        try:
            while not self._overrun and (self._told or self._farewell is None):
                await self._send_next()
            if not self._overrun:
                farewell = self._farewell or farewell
        except TimeoutError:
            log.info("client.slow", behind_s=self._behind_s())
        await self._client.close(*farewell)

    async def _send_next(self) -> None:
        """Send one message, or wait for news or for the right time."""
        early_s = self._early_s()
        if self._told:
            await self._send(self._told.popleft())
        elif (piece := self._next(early_s)) is not None:
            if self.playing:
                self._on_time_at = self._clock()
            self._queue.remove(piece)
            self._room.set()
            if piece.audio_ms:
                self._count(piece)
            if piece.on_send:
                piece.on_send()
            if piece.message:
                await self._send(piece.message)
        else:
            self._news.clear()
            await _wait(self._news, early_s if self._queue else None)
            await asyncio.sleep(0)  # the work that was begun together with this news goes first
            self._on_time_at = self._clock()

    def _early_s(self) -> float:
        """How long sound must still wait."""
        return self._playing_until - self._clock() - self._ahead_s

    def _next(self, early_s: float) -> _Piece | None:
        """Return what may go now: while sound waits, so does what follows it, but no other answer's text."""
        waiting: set[str] = set()
        for piece in self._queue:
            if piece.audio_ms and early_s > 0:
                waiting.add(piece.key)
            elif piece.key not in waiting:
                return piece
        return None

    async def _send(self, message: Message) -> None:
        async with asyncio.timeout(self._lag_s - self._behind_s()):
            await self._client.send(message.encode())

    def _behind_s(self) -> float:
        """For how long the client has not had all that it should have, nor any sound left to play."""
        return self._clock() - self._on_time_at

    def _count(self, piece: _Piece) -> None:
        now = self._clock()
        self._playing_until = max(self._playing_until, now) + piece.audio_ms / 1000
        playout = self._playouts.setdefault(piece.key, _Playout())
        if len(self._playouts) > _PLAYOUTS:
            del self._playouts[next(iter(self._playouts))]
        playout.sent_ms += piece.audio_ms
        playout.ends_at = self._playing_until


async def _wait(event: asyncio.Event, at_most_s: float | None) -> None:
    try:
        async with asyncio.timeout(at_most_s):
            await event.wait()
    except TimeoutError:
        return

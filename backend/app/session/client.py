"""The other end of a session, as the session sees it; `web.realtime` fits it to a WebSocket."""

from typing import Protocol


class Client(Protocol):
    """A connection that carries text messages both ways."""

    async def receive(self) -> str | None:
        """Return the next message, or None when the client has gone. Leaving is a value, not an exception."""
        ...

    async def send(self, message: str) -> None:
        """Send; waits while the client is slow. Sending to a client that has gone does nothing."""
        ...

    async def close(self, code: int, reason: str) -> None:
        """Close; afterwards `receive` returns None."""
        ...

"""The little of WebSocket (RFC 6455) that a load generator needs, cheap enough for a hundred talkers.

A client must mask what it sends; with the mask 0 that changes nothing, so that messages are made once for all.
"""

import base64
import secrets
import struct

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
_NO_MASK = bytes(4)
_SHORT, _MEDIUM = 126, 127  # lengths that say: a longer length follows


class NotUpgradedError(Exception):
    """The server does not speak WebSocket with us; the text is its first line."""


def opening(host: str, path: str, key: str = "") -> bytes:
    """Return the request that opens a connection; `key` is the bearer key of the installation, if it has one."""
    nonce = base64.b64encode(secrets.token_bytes(16)).decode()
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {nonce}",
        "Sec-WebSocket-Version: 13",
        *([f"Authorization: Bearer {key}"] if key else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """Return one whole message."""
    first, size = 0x80 | opcode, len(payload)
    if size < _SHORT:
        head = struct.pack("!BB", first, 0x80 | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", first, 0x80 | _SHORT, size)
    else:
        head = struct.pack("!BBQ", first, 0x80 | _MEDIUM, size)
    return head + _NO_MASK + payload


class Inbound:
    """What the server sends: first the head of its HTTP answer, then frames. Its messages come in one frame each."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._is_open = False

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        """Return the frames that are now whole: opcode and payload.

        Raises:
            NotUpgradedError: the connection is not upgraded.
        """
        self._buffer += data
        if not self._is_open and not self._read_head():
            return []
        frames = []
        while (found := self._read_frame()) is not None:
            frames.append(found)
        return frames

    def _read_head(self) -> bool:
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return False
        status = head.split(b"\r\n", 1)[0].decode("latin-1")
        if " 101 " not in f"{status} ":
            raise NotUpgradedError(status)
        self._buffer, self._is_open = rest, True
        return True

    def _read_frame(self) -> tuple[int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:  # noqa: PLR2004 - the two bytes that each frame begins with
            return None
        begin, size = 2, buffer[1]
        if size in {_SHORT, _MEDIUM}:
            width = 2 if size == _SHORT else 8
            begin += width
            size = int.from_bytes(buffer[2:begin]) if len(buffer) >= begin else len(buffer)
        if len(buffer) < begin + size:
            return None
        found = buffer[0] & 0x0F, bytes(buffer[begin : begin + size])
        del buffer[: begin + size]
        return found

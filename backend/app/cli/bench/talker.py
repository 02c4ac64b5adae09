"""One talker: sends packets of 20 ms in real time over a WebSocket and takes note of what comes back."""

import asyncio
import base64
import json
import time
from array import array
from typing import Protocol, cast
from urllib.parse import urlsplit

from typing_extensions import override

from app.cli.bench.ears import Ears
from app.cli.bench.sound import WIRE_RATE
from app.cli.bench.websocket import CLOSE, PING, PONG, TEXT, Inbound, NotUpgradedError, frame, opening
from app.core.audio import Samples

PACKET_MS = 20
PACKET_SAMPLES = WIRE_RATE * PACKET_MS // 1000
END_SILENCE_MS = 512
OPEN_S = 10.0
SESSION = {
    "type": "realtime",
    "audio": {
        "input": {
            "turn_detection": {"type": "server_vad", "silence_duration_ms": END_SILENCE_MS},
            "transcription": {"model": "whisper"},
        }
    },
    "kaiwa": {},
}


class Microphone(Protocol):
    """Where packets come from, without end."""

    def packet(self) -> bytes:
        """Return the next 20 ms as a whole WebSocket message."""
        ...


def packets(sound: Samples) -> list[bytes]:
    """Return a sound as messages; what does not fill a packet is left out."""
    whole = sound.size // PACKET_SAMPLES * PACKET_SAMPLES
    return [_append(sound[start : start + PACKET_SAMPLES]) for start in range(0, whole, PACKET_SAMPLES)]


def _append(sound: Samples) -> bytes:
    audio = base64.b64encode(sound.astype("<i2").tobytes()).decode()
    return frame(json.dumps({"type": "input_audio_buffer.append", "audio": audio}).encode())


class Talker(asyncio.Protocol):
    """A session with the assistant. Sample number n of the microphone is made at `started_at + n / rate`."""

    def __init__(self) -> None:
        self.ears = Ears()
        self.started_at = 0.0
        self.late_s = array("d")  # for each packet: how long after its time it was handed to the socket
        self._inbound = Inbound()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    async def join(cls, url: str, *, key: str = "", instructions: str = "") -> "Talker":
        """Open a session and configure it. `key` is the installation's, if it has one.

        Raises:
            OSError: nobody listens there, or the session was refused.
        """
        place = urlsplit(url)
        talker = cls()
        async with asyncio.timeout(OPEN_S):
            await asyncio.get_running_loop().create_connection(lambda: talker, place.hostname or "", place.port or 80)
            talker._write(opening(place.netloc, "/v1/realtime?model=kaiwa", key))
            await talker.ears.is_greeted.wait()
            talker._write(
                frame(
                    json.dumps({"type": "session.update", "session": SESSION | {"instructions": instructions}}).encode()
                )
            )
            await talker.ears.is_configured.wait()
        if talker.ears.errors:
            raise ConnectionError(f"no session at {url}: {talker.ears.errors[0]}")
        return talker

    def talk(self, microphone: Microphone, started_at: float) -> None:
        """Send from now on; the first packet is whole 20 ms after `started_at`."""
        self.started_at = started_at
        self._plan(microphone, 1)

    def leave(self) -> None:
        """Stop and go."""
        if self._timer:
            self._timer.cancel()
        if self._transport:
            self._transport.close()

    def _plan(self, microphone: Microphone, number: int) -> None:
        due = self.started_at + number * PACKET_MS / 1000
        delay = max(0.0, due - time.perf_counter())
        self._timer = asyncio.get_running_loop().call_later(delay, self._send, microphone, number, due)

    def _send(self, microphone: Microphone, number: int, due: float) -> None:
        self._write(microphone.packet())
        self.late_s.append(time.perf_counter() - due)
        self._plan(microphone, number + 1)

    def _write(self, data: bytes) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.write(data)

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    @override
    def data_received(self, data: bytes) -> None:
        at = time.perf_counter()
        try:
            frames = self._inbound.feed(data)
        except NotUpgradedError as refusal:
            self.ears.end(str(refusal))
            return
        for opcode, payload in frames:
            if opcode == TEXT:
                self.ears.take(payload, at)
            elif opcode == PING:
                self._write(frame(payload, PONG))
            elif opcode == CLOSE:
                self.ears.end(f"closed by the server: {payload[2:].decode(errors='replace')}")

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer:
            self._timer.cancel()
        if exc is not None:
            self.ears.end(f"the connection broke: {exc}")

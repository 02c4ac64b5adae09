"""permessage-deflate (RFC 7692) for clients that offer it: theirs grows within bounds, ours shrinks where it pays.

Messages with Opus become half as long for 10 us of processor each. 200 ms of PCM would cost fifteen times as much, and
whoever lacks bandwidth asks for Opus: they go as they are. A connection costs 50 KiB.
"""

from collections.abc import Callable, Sequence

from websockets.exceptions import PayloadTooBig
from websockets.extensions import Extension, ServerExtensionFactory
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.frames import Frame
from websockets.typing import ExtensionParameter

from app.session.limits import TokenBucket
from app.wire.server_events import ResponseOutputAudioDelta

WINDOW_BITS = 12  # 4 KiB: the last few messages, which the next one resembles
SETTINGS = {"level": 1, "memLevel": 5}  # level 6 makes our messages 1 % shorter and takes half as long again
GROWTH_BYTES_PER_S = 1 << 20
_SOUND = f'{{"type":"{ResponseOutputAudioDelta.TYPE}"'.encode()
_LONGEST_OPUS = 2048  # bytes; 200 ms of PCM are 13,000


class Deflate(Extension):
    """One connection's compression.

    A few kilobytes can grow into a whole message, so what all of them grow by is rationed: else a client could fill the
    memory with one packet of the network, or the processor's time with little traffic.
    """

    name = ServerPerMessageDeflateFactory.name

    def __init__(self, agreed: Extension, growth: TokenBucket) -> None:
        self._agreed, self._growth = agreed, growth

    def decode(self, frame: Frame, *, max_size: int | None = None) -> Frame:
        """Return the frame as it was.

        Raises:
            PayloadTooBig: it is longer than `max_size`, or too much has grown lately.
        """
        opened = self._agreed.decode(frame, max_size=max_size)
        if not self._growth.take(max(0, len(opened.data) - len(frame.data))):
            raise PayloadTooBig(len(opened.data), len(frame.data))
        return opened

    def encode(self, frame: Frame) -> Frame:
        """Return the frame as it is to be sent."""
        is_plain_sound = len(frame.data) > _LONGEST_OPUS and frame.data[: len(_SOUND)] == _SOUND
        return frame if is_plain_sound else self._agreed.encode(frame)


class DeflateFactory(ServerExtensionFactory):
    """Agrees with one client.

    Args:
        most_bytes: what its messages may grow by at once.
        clock: seconds that only grow.
    """

    name = Deflate.name

    def __init__(self, most_bytes: int, clock: Callable[[], float]) -> None:
        self._usual = ServerPerMessageDeflateFactory(
            server_max_window_bits=WINDOW_BITS, client_max_window_bits=WINDOW_BITS, compress_settings=SETTINGS
        )
        self._growth = TokenBucket(GROWTH_BYTES_PER_S, most_bytes, clock)

    def process_request_params(
        self, params: Sequence[ExtensionParameter], accepted_extensions: Sequence[Extension]
    ) -> tuple[list[ExtensionParameter], Extension]:
        """Return what is answered, and what serves the connection then."""
        answer, agreed = self._usual.process_request_params(params, accepted_extensions)
        return answer, Deflate(agreed, self._growth)

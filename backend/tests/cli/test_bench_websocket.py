"""The load generator's WebSocket, held against the library that the server uses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from app.cli.bench.websocket import CLOSE, PING, PONG, TEXT, Inbound, NotUpgradedError, frame, opening

HEAD = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
SIZES = [0, 1, 125, 126, 65_535, 65_536]


def a_server() -> ServerProtocol:
    server = ServerProtocol()
    server.receive_data(opening("localhost:8000", "/v1/realtime", "secret-key-0123456789"))
    request = server.events_received()[0]
    assert isinstance(request, Request)
    assert request.headers["Authorization"] == "Bearer secret-key-0123456789"
    server.send_response(server.accept(request))
    server.data_to_send()
    return server


@pytest.mark.parametrize("size", SIZES)
def test_a_server_reads_what_we_send(size: int) -> None:
    server = a_server()
    server.receive_data(frame(b"x" * size) + frame(b"", PONG))
    assert server.events_received() == [Frame(Opcode.TEXT, b"x" * size), Frame(Opcode.PONG, b"")]


@given(st.lists(st.sampled_from(SIZES), max_size=4), st.integers(1, 4000))
def test_what_a_server_sends_is_read_however_it_is_cut(sizes: list[int], piece: int) -> None:
    sent = HEAD + b"".join(Frame(Opcode.TEXT, b"y" * size).serialize(mask=False) for size in sizes)
    inbound, frames = Inbound(), []
    for start in range(0, len(sent), piece):
        frames += inbound.feed(sent[start : start + piece])
    assert frames == [(TEXT, b"y" * size) for size in sizes]


def test_pings_and_the_end_are_told_apart() -> None:
    data = (
        HEAD + Frame(Opcode.PING, b"p").serialize(mask=False) + Frame(Opcode.CLOSE, b"\x03\xe8ok").serialize(mask=False)
    )
    assert Inbound().feed(data) == [(PING, b"p"), (CLOSE, b"\x03\xe8ok")]


def test_a_server_that_does_not_upgrade_is_an_error_with_its_status() -> None:
    with pytest.raises(NotUpgradedError, match="403 Forbidden"):
        Inbound().feed(b"HTTP/1.1 403 Forbidden\r\n\r\nno")

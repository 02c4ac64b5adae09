"""The whole backend on a port of its own, with mock servers behind it: what stock clients are held against.

`python -m tests.clients.assistant` serves clients that live in another environment until its standard input closes;
its first line of output says where.
"""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

import uvicorn

from app.log import configure
from app.main import create_app
from app.mock.servers import MockServers
from app.settings import Settings
from app.web.server import Server, listen, options
from tests.clients.speech import QUESTION, packets, recorded

HOST = "127.0.0.1"
PACE_S = 0.02  # from packet to packet of 100 ms


@dataclass(frozen=True, slots=True)
class Assistant:
    """Where it listens, and the mock servers that can be told what to answer."""

    mocks: MockServers
    port: int

    @property
    def websocket(self) -> str:
        """The base address, to which stock clients add `/realtime`."""
        return f"ws://{HOST}:{self.port}/v1"

    async def hear_slowly(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        """Let a client ask the question so slowly that each transcript is there before more is said."""
        for packet in packets(recorded(QUESTION)):
            await send(packet)
            await asyncio.sleep(PACE_S)
            await self.mocks.stt.reached(lambda counters: counters.active == 0)


@asynccontextmanager
async def run_assistant(**changes: Any) -> AsyncGenerator[Assistant, None]:
    """Serve in this event loop; `changes` are settings by their names."""
    async with MockServers() as mocks:
        endpoints = {name.lower(): address for name, address in mocks.endpoints().items()}
        settings = Settings.model_validate({**endpoints, "stt_language": "auto", **changes})
        app = create_app(settings)
        sockets = listen(HOST, 0)
        server = Server(uvicorn.Config(app, **options(settings.message_max_bytes)), app.state.sessions.end)
        serving = asyncio.create_task(server.serve(sockets))  # who connects before it is up waits in the backlog
        try:
            yield Assistant(mocks, sockets[0].getsockname()[1])
        finally:
            server.should_exit = True
            await serving


async def main() -> None:
    """Serve until standard input closes."""
    configure("backend", "WARNING")
    with TemporaryDirectory(prefix="kaiwa-clients-") as folder:
        await serve(database_url=f"sqlite:///{folder}/kaiwa.db")


async def serve(**changes: Any) -> None:
    """Say where the assistant is, and serve until standard input closes."""
    async with run_assistant(**changes) as assistant:
        where = {"websocket": assistant.websocket, "mocks": f"{assistant.mocks.llm.url}/mock"}
        print(json.dumps(where), flush=True)  # noqa: T201 - for the program that started this one
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())

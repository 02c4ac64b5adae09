"""The real backend before mock model servers that answer as and when a test says; it can be ended and started again."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from app.mock.behaviour import Behaviours, LlmBehaviour, SttBehaviour, TtsBehaviour
from app.mock.multipart import read_fields
from app.mock.servers import MockServers
from app.mock.service import SeenRequest
from tests.e2e.background import Background, run_background
from tests.e2e.proxy import Proxy, run_proxy
from tests.e2e.running_stack import BACKEND, END_S, await_ready, choose_ports

Sound = npt.NDArray[np.float32]

# As quick as a fast machine, and always the same.
PACE = Behaviours(
    llm=LlmBehaviour(first_token_ms=120, per_token_ms=20),
    stt=SttBehaviour(delay_ms=80, text="What is the capital of France?"),
    tts=TtsBehaviour(first_chunk_ms=90, rate=8),
)
REMEMBERED = 64


class Backend:
    """One backend process on a port of its own."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.port = choose_ports(1)[0]
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = log
        self._environment = os.environ | environment | {"BACKEND_PORT": str(self.port)}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, unless it runs, and wait until it is ready."""
        if self._process is not None:
            return
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "app.main"], cwd=BACKEND, env=self._environment, stdout=output, stderr=output
            )
        await_ready(self.address, self._process, self.log)

    def end(self, number: int = signal.SIGTERM) -> None:
        """Send a signal and wait for the end; does nothing to one that has ended."""
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(END_S)
        finally:
            self._process.kill()
            self._process.wait()
            self._process = None


class MockStack:
    """Mocks, one or more backends on one database, and the proxy by which the page comes to them."""

    def __init__(self, background: Background, mocks: MockServers, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "kaiwa.db"
        self.backends: list[Backend] = []
        self.proxy: Proxy
        self._background = background
        self._mocks = mocks

    @property
    def address(self) -> str:
        """Where the page is."""
        return self.proxy.address

    def change(self, service: str, **behaviour: Any) -> None:
        """Let a mock behave differently until `restore`."""
        self._background.call(getattr(self._mocks, service).change, **behaviour)

    def restore(self) -> None:
        """Let the mocks behave as at the start, the backends run, and the road be open to the first of them."""
        for service in ("llm", "stt", "tts", "embedding"):
            self._background.call(getattr(self._mocks, service).restore)
        for backend in self.backends[1:]:
            backend.end()
        del self.backends[1:]
        self.backends[0].start()
        self.proxy.lead_to(self.backends[0].port)
        self.proxy.open()

    def asked(self, service: str) -> list[SeenRequest]:
        """Return the last requests to a mock, the oldest first."""
        return self._background.call(lambda: list(getattr(self._mocks, service).requests))

    def prompts(self) -> list[list[dict[str, Any]]]:
        """Return the messages of each of the last questions to the language model, the oldest first."""
        return [json.loads(request.body)["messages"] for request in self.asked("llm")]

    def heard(self) -> list[Sound]:
        """Return the sound that the last transcripts were made from, the oldest first: 16 kHz, -1 to 1."""
        return [_sound_of(request) for request in self.asked("stt")]

    def add_backend(self, **environment: str) -> Backend:
        """Start one more process on the same database."""
        settings = self._mocks.endpoints() | {"STT_LANGUAGE": "auto", "DATABASE_URL": f"sqlite:///{self.database}"}
        self.backends.append(Backend(settings | environment, self.folder / f"backend{len(self.backends)}.log"))
        self.backends[-1].start()
        return self.backends[-1]

    def end(self) -> None:
        """End the backends."""
        for backend in self.backends:
            backend.end()


def _sound_of(request: SeenRequest) -> Sound:
    file = read_fields(request.headers["content-type"], request.body)["file"]
    samples: Sound = soundfile.read(io.BytesIO(file), dtype="float32")[0]
    return samples


@contextmanager
def run_mock_stack(folder: Path, **environment: str) -> Iterator[MockStack]:
    """Start everything on free ports; `environment` are settings of the backend."""
    with ExitStack() as ending:
        background = ending.enter_context(run_background())
        mocks = background.call(MockServers, PACE, remembered=REMEMBERED)
        background.run(mocks.__aenter__())
        ending.callback(lambda: background.run(mocks.__aexit__()))
        stack = MockStack(background, mocks, folder)
        ending.callback(stack.end)
        backend = stack.add_backend(**environment)
        stack.proxy = ending.enter_context(run_proxy(background, backend.port))
        yield stack

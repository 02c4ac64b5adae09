"""The backend with mock servers behind it, as programs: what the container finds in its network."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.container.waiting import answered

BACKEND = Path(__file__).parents[2]
API_KEY, ADMIN_KEY = "a-key-for-speakers", "a-key-for-operators"
END_S = 20


@contextmanager
def run_backend(folder: Path) -> Iterator[tuple[str, str]]:
    """Start all, with keys needed; yields the backend's host and port, and the address at which the mocks are asked.

    Args:
        folder: gets what the backend keeps.
    """
    with _program("app.mock", "--port", "0", stdout=subprocess.PIPE) as mocks:
        assert mocks.stdout
        where = json.loads(mocks.stdout.readline())
        address = f"127.0.0.1:{free_port()}"
        variables = {
            "LLM_ENDPOINT": f"{where['llm']}/v1",
            "STT_ENDPOINT": f"{where['stt']}/inference",
            "TTS_ENDPOINT": f"{where['tts']}/v1/tts",
            "EMBEDDING_ENDPOINT": f"{where['embedding']}/embedding",
            "BACKEND_PORT": address.split(":")[1],
            "API_KEY": API_KEY,
            "ADMIN_KEY": ADMIN_KEY,
            "DATABASE_URL": f"sqlite:///{folder}/kaiwa.db",
        }
        with _program("app.main", env=os.environ | variables, stderr=subprocess.DEVNULL):
            answered(f"http://{address}/ready")
            yield address, f"{where['llm']}/mock"


def free_port() -> int:
    """Return a port that was free just now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def _program(module: str, *flags: str, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    program = subprocess.Popen([sys.executable, "-m", module, *flags], cwd=BACKEND, **options)  # noqa: S603 - our own
    try:
        yield program
    finally:
        program.terminate()
        try:
            program.wait(END_S)
        finally:
            program.kill()  # does nothing to a process that has ended
            program.wait()
            if program.stdout:
                program.stdout.close()

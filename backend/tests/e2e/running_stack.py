"""The whole assistant as `make run` starts it, for tests that need the real thing."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

BACKEND = Path(__file__).parents[2]
PORT_VARIABLES = ("BACKEND_PORT", "LLM_LOCAL_PORT", "STT_PORT", "TTS_PORT", "EMBEDDING_PORT")
START_S = 90
END_S = 20


@dataclass(frozen=True, slots=True)
class Stack:
    """Where it answers, and the process that holds it together."""

    address: str
    supervisor: subprocess.Popen[bytes]
    log: Path


@contextmanager
def run_stack(log: Path) -> Iterator[Stack]:
    """Start everything on free ports, wait until it is ready, and end it; `log` gets its output."""
    ports = dict(zip(PORT_VARIABLES, choose_ports(len(PORT_VARIABLES)), strict=True))
    environment = os.environ | {
        "BACKEND_HOST": "127.0.0.1",
        "CPU_RUN_DIR": str(log.parent),
        "DATABASE_URL": f"sqlite:///{log.parent}/kaiwa.db",
    }
    environment |= {name: str(port) for name, port in ports.items()}
    with log.open("wb") as output:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "app.local"], cwd=BACKEND, env=environment, stdout=output, stderr=output
        )
    stack = Stack(f"http://127.0.0.1:{ports['BACKEND_PORT']}", supervisor, log)
    try:
        await_ready(stack.address, supervisor, log)
        yield stack
    finally:
        supervisor.send_signal(signal.SIGTERM)
        try:
            supervisor.wait(END_S)
        finally:
            supervisor.kill()  # does nothing to a process that has ended
            supervisor.wait()


def await_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the backend at `address` is ready; `process` holds it, and `log` is what it writes."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{address}/ready", timeout=5).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass  # nothing listens there yet
        time.sleep(0.1)
    tail = log.read_text(errors="replace")[-3000:]
    raise AssertionError(f"the assistant was not ready within {START_S} s; the end of its output:\n{tail}")


def choose_ports(count: int) -> list[int]:
    """Return ports that were free just now; all are held until the last is known, so that they differ."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports

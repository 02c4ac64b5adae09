"""One running program of the supervisor's: started in a process group of its own, read line by line, ended whole."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.local.port_check import Port

TETHER = Path(__file__).with_name("tether.py")
CHUNK = 1 << 16
LONGEST_LINE = 1 << 16


@dataclass(frozen=True, slots=True)
class Service:
    """A program to keep running.

    Args:
        name: as in logs and /health.
        command: to start it.
        port: where it will listen.
        health: path that answers 200 once it can serve.
        environment: all of its variables.
        folder: it runs there.
        death: what the kernel sends it when the supervisor is gone.
    """

    name: str
    command: tuple[str, ...]
    port: Port
    health: str
    environment: Mapping[str, str]
    folder: Path
    death: signal.Signals = signal.SIGKILL

    @property
    def url(self) -> str:
        """Its health address on this machine."""
        return f"http://127.0.0.1:{self.port.number}{self.health}"


@dataclass(frozen=True, slots=True)
class Child:
    """A started program; `wait` for it or `stop` it."""

    process: asyncio.subprocess.Process

    async def read_lines(self, take: Callable[[str], None]) -> None:
        """Give every line the program prints to `take`, until it closes its output; overlong lines are cut."""
        if self.process.stdout is None:
            return
        rest = b""
        while chunk := await self.process.stdout.read(CHUNK):
            *lines, rest = (rest + chunk).split(b"\n")
            rest = rest[:LONGEST_LINE]
            for line in lines:
                take(line[:LONGEST_LINE].decode(errors="replace"))
        take(rest.decode(errors="replace"))

    async def wait(self) -> int:
        """Return the exit status, negative for a signal."""
        return await self.process.wait()

    async def stop(self, grace_s: float, hurry: asyncio.Event) -> None:
        """End the program and all it started: asked first, forced after `grace_s` or as soon as `hurry` is set."""
        self._signal_group(signal.SIGTERM)
        gone = asyncio.ensure_future(self.process.wait())
        hurried = asyncio.ensure_future(hurry.wait())
        await asyncio.wait({gone, hurried}, timeout=grace_s, return_when=asyncio.FIRST_COMPLETED)
        hurried.cancel()
        self._signal_group(signal.SIGKILL)
        await gone

    def _signal_group(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


async def start(service: Service) -> Child:
    """Start the program of `service`, tied to the life of this process."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", str(TETHER), str(os.getpid()), str(int(service.death)), *service.command),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=dict(service.environment),
        cwd=service.folder,
        start_new_session=True,
    )
    return Child(process)


def describe_exit(status: int) -> str:
    """Return how a program ended, in words."""
    if status >= 0:
        return f"exit status {status}"
    try:
        return f"signal {signal.Signals(-status).name}"
    except ValueError:
        return f"signal {-status}"

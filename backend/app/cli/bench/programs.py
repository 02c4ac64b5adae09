"""The programs that a bench starts and watches: where they run, what they use, that they end."""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from app.settings import ROOT

HOST = "127.0.0.1"
START_S = 60.0
END_S = 20.0
POLL_S = 0.1
POLL_PATIENCE_S = 5.0
LAST_WORDS = 2000  # characters of a log that say why a program did not start
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6


class BenchError(Exception):
    """The measurement cannot be made; the text is one sentence that says why."""


class Program:
    """A Python program of ours, its output in a file. Ends with the `with` block."""

    def __init__(
        self,
        module: str,
        arguments: Sequence[str] = (),
        *,
        variables: Mapping[str, str] | None = None,
        start_s: float = START_S,
    ) -> None:
        self.module = module
        self._start_s = start_s
        self._output = tempfile.NamedTemporaryFile(prefix="bench-", suffix=".log")  # noqa: SIM115 - closed by __exit__
        self._process = subprocess.Popen(  # noqa: S603 - our own modules, no shell
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT / "backend",
            env=os.environ | {"PYTHONUNBUFFERED": "1"} | dict(variables or {}),
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._output.close()

    def pin(self, core: int) -> None:
        """Keep it on one core; it must not have started threads yet."""
        os.sched_setaffinity(self._process.pid, {core})

    def lines(self) -> list[str]:
        """Return what it has printed so far."""
        return Path(self._output.name).read_text(encoding="utf-8", errors="replace").splitlines()

    async def first_line(self) -> str:
        """Return the first line once it is there."""
        await self._until(self._has_spoken)
        return self.lines()[0]

    async def answer(self, url: str) -> None:
        """Return as soon as `url` answers 200."""
        async with httpx.AsyncClient(trust_env=False, timeout=POLL_PATIENCE_S) as client:

            async def is_well() -> bool:
                try:
                    return (await client.get(url)).is_success
                except httpx.HTTPError:
                    return False  # it is still starting

            await self._until(is_well)

    def usage(self) -> "Usage":
        """Return what it has used until now."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        pages = Path(f"/proc/{self._process.pid}/statm").read_text(encoding="utf-8").split()[1]
        # Fields 14 and 15 of the whole line: ticks in user mode and in the kernel.
        return Usage(time.perf_counter(), (int(fields[11]) + int(fields[12])) / _TICKS_PER_S, int(pages) * _PAGE_MB)

    async def _has_spoken(self) -> bool:
        return bool(self.lines())

    async def _until(self, is_so: Callable[[], Awaitable[bool]]) -> None:
        """Wait for something that the program does when it is ready.

        Raises:
            BenchError: it ended, or takes too long.
        """
        give_up_at = time.perf_counter() + self._start_s
        while not await is_so():
            last_words = "\n".join(self.lines())[-LAST_WORDS:]
            if self._process.poll() is not None:
                raise BenchError(f"{self.module} ended with {self._process.returncode}: {last_words}")
            if time.perf_counter() > give_up_at:
                raise BenchError(f"{self.module} is not ready after {self._start_s:.0f} s: {last_words}")
            await asyncio.sleep(POLL_S)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a program has used, and when that was read."""

    at: float
    cpu_s: float
    rss_mb: float

    def share_since(self, before: "Usage") -> float:
        """Return which part of one core it used meanwhile."""
        return (self.cpu_s - before.cpu_s) / (self.at - before.at)


def free_ports(number: int) -> list[int]:
    """Return ports of the loopback address that nobody uses now."""
    with ExitStack() as held:
        listeners = [held.enter_context(socket.create_server((HOST, 0))) for _ in range(number)]
        return [listener.getsockname()[1] for listener in listeners]

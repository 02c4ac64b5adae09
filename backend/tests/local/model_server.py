"""A model server as a person starts it: a real program on a port of its own."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from app.settings import ROOT

READY = re.compile(r"ready on (http://\S+)")
SPEECH = Path(__file__).parents[1] / "data"
LLM_MODEL = ROOT / "models/llm/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
STT_MODEL = ROOT / "models/stt/ggml-base.bin"


class ModelServer:
    """A running server: a client for it, and what it has logged so far."""

    def __init__(self, address: str, log: list[str]) -> None:
        self.address = address
        self.http = httpx.Client(base_url=address, timeout=60)
        self._log = log
        self._grown = threading.Condition()

    def follow(self, lines: Iterable[str]) -> None:
        for line in lines:
            with self._grown:
                self._log.append(line)
                self._grown.notify_all()

    @property
    def log(self) -> str:
        return "".join(self._log)

    def wait_for_log(self, words: str, times: int = 1, within_s: float = 30) -> None:
        with self._grown:
            assert self._grown.wait_for(lambda: self.log.count(words) >= times, within_s), self.log


@contextmanager
def run_server(*arguments: str) -> Iterator[ModelServer]:
    command = [sys.executable, "-m", *arguments, "--port", "0"]
    with subprocess.Popen(  # noqa: S603 - our own program
        command, stderr=subprocess.PIPE, text=True, cwd=ROOT / "backend", env=os.environ | {"LOG_LEVEL": "DEBUG"}
    ) as process:
        assert process.stderr is not None
        early: list[str] = []
        for line in process.stderr:
            early.append(line)
            if match := READY.search(line):
                break
        else:
            pytest.fail("".join(early))
        server = ModelServer(match[1], early)
        reader = threading.Thread(target=server.follow, args=[process.stderr])
        reader.start()
        try:
            yield server
        finally:
            server.http.close()
            process.terminate()
            assert process.wait(15) == 0
            reader.join()

"""Model servers that run as programs: started once, when a suite first asks, on a port that the system gives."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence

from app.settings import ROOT

START_S = 100.0
END_S = 10.0
GLANCE_S = 0.05
LLM = str(ROOT / "models/llm/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf")
STT = str(ROOT / "models/stt/ggml-base.bin")
WHISPER_SERVER = os.environ.get("WHISPER_SERVER_BIN", "")
LLAMA_SERVER = os.environ.get("LLAMA_SERVER_BIN", "")

LOCAL = (sys.executable, "-m")
COMMANDS: dict[str, tuple[str, ...]] = {
    "local-stt": (*LOCAL, "app.local.stt", "--model", STT),
    "local-llm": (*LOCAL, "app.local.llm", "--model", LLM, "--ctx-size", "2048"),
    "local-tts": (*LOCAL, "app.local.tts", "--voices", "hibari"),
    "local-embedding": (*LOCAL, "app.local.embedding"),
    "whisper-server": (WHISPER_SERVER, "--model", STT),
    "llama-server": (LLAMA_SERVER, "--model", LLM, "--ctx-size", "2048"),
    "llama-server-embeddings": (
        LLAMA_SERVER,
        "--model",
        LLM,
        "--ctx-size",
        "2048",
        "--embeddings",
        "--pooling",
        "mean",
    ),
}


class Programs:
    """Those that were started; `end` them."""

    def __init__(self) -> None:
        self._running: dict[str, tuple[str, subprocess.Popen[bytes]]] = {}

    def origin(self, name: str) -> str:
        """Return the address of a program that answers, starting it if need be."""
        if name not in self._running:
            port = _free_port()
            command = (*COMMANDS[name], "--host", "127.0.0.1", "--port", str(port))
            origin = f"http://127.0.0.1:{port}"
            self._running[name] = (origin, _start(command))
            _await_health(self._running[name][1], f"{origin}{'/v1/health' if name == 'local-tts' else '/health'}")
        return self._running[name][0]

    def end(self) -> None:
        for _, process in self._running.values():
            process.terminate()
        for _, process in self._running.values():
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - the commands are the ones above
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT / "backend"
    )


def _await_health(process: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with status {process.returncode}")
        try:
            with urllib.request.urlopen(address, timeout=1):  # noqa: S310 - a loopback address of ours
                return
        except OSError:  # refused or 503: not up yet
            time.sleep(GLANCE_S)
    raise TimeoutError(f"{process.args!r} did not become healthy within {START_S:g} s")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""What the stand-alone servers share: their flags, their log lines, their port and their end.

A server says `INFO: ready on http://HOST:PORT` on stderr once it can be asked, and leaves with one sentence and
a status other than 0 when it cannot start. Nothing that a caller sent is ever logged.
"""

import argparse
import logging
import os
import signal
import socket
import sys
from pathlib import Path
from typing import NoReturn

import uvicorn
from starlette.types import ASGIApp

log = logging.getLogger("kaiwa.local")

# Longer than one sentence of the slowest voice; past it a request in progress is cut.
GRACE_S = 3


def build_parser(program: str, port: int) -> argparse.ArgumentParser:
    """Return a parser with the flags that every server has."""
    parser = argparse.ArgumentParser(prog=f"python -m app.local.{program}", description=f"Kaiwa's local {program}.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback only)")
    parser.add_argument("--port", type=int, default=port, help="0 asks the system for a free one")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0 chooses by the number of cores")
    return parser


def choose_threads(asked: int, most: int) -> int:
    """Return `asked`, or for 0 the number of cores this process may use, at most `most`."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return asked if asked > 0 else max(1, min(most, cores))


def set_up_log() -> None:
    """Write one `LEVEL: message` line per record to stderr."""
    logging.basicConfig(format="%(levelname)s: %(message)s", stream=sys.stderr, level=logging.INFO, force=True)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    log.setLevel(os.environ.get("LOG_LEVEL") or logging.INFO)  # our own lines only: libraries log what is asked


def leave(sentence: str) -> NoReturn:
    """End the process with one sentence and status 1."""
    log.error(sentence)
    raise SystemExit(1)


def require_file(path: Path, variable: str) -> Path:
    """Return `path`, or leave with a sentence that names it and the variable that sets it."""
    if not path.is_file():
        leave(f"{path} is missing: run `make models`, or set {variable} to a model file")
    return path


def open_port(host: str, port: int) -> socket.socket:
    """Bind and return a listening socket, or leave with a sentence when the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        leave(f"cannot listen on {host}:{port}: {error.strerror}")
    return listener


class _Server(uvicorn.Server):
    """uvicorn, saying in our words when it is there."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            host, port = listener.getsockname()[:2]
            log.info("ready on http://%s:%d", f"[{host}]" if ":" in host else host, port)


def serve(app: ASGIApp, listener: socket.socket) -> None:
    """Answer requests until SIGTERM or Ctrl-C, then finish what is under way within `GRACE_S`."""
    config = uvicorn.Config(
        app, log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=GRACE_S, workers=1
    )
    # uvicorn stops in order at these two, then raises them again for whoever was there before: an end that was asked
    # for is a success.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    _Server(config).run(sockets=[listener])

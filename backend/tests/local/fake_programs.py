"""Tiny programs for the supervisor to run, and eyes to watch them end."""

import os
import select
import socket
import sys
from pathlib import Path

from app.local.child import Service
from app.local.port_check import Port

SERVER = """
import http.server, signal, sys
port, *extra = sys.argv[1:]
if "stubborn" in extra:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *_):
        pass
print("hello from", port, flush=True)
http.server.HTTPServer(("127.0.0.1", int(port)), Answer).serve_forever()
"""


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def server(name: str, folder: Path, *extra: str, program: str = SERVER) -> Service:
    """Return a service that runs `program`, by default one that answers 200 to everything."""
    port = free_port()
    command = (sys.executable, "-I", "-S", "-c", program, str(port), *extra)
    return Service(name, command, Port(port, f"{name.upper()}_PORT"), "/health", dict(os.environ), folder)


def await_end(pid: int, limit_s: float = 10.0) -> bool:
    """Wait for the end of any process; say whether it came in time."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], limit_s)[0])
    finally:
        os.close(descriptor)

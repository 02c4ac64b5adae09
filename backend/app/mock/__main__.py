"""`python -m app.mock`: run the mock servers until SIGINT or SIGTERM.

The first line on standard output is JSON: {"event": "mock.ready", "llm": "http://127.0.0.1:8080", ...}.
"""

import asyncio
import json
import signal
import sys

import uvloop

from app.mock.flags import Flags, read_flags
from app.mock.servers import MockServers


async def serve(flags: Flags) -> None:
    """Serve until told to end. Raises OSError if a port is taken."""
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    servers = MockServers(
        flags.behaviours, names=flags.names, host=flags.host, port=flags.port, ports=flags.ports, remembered=0
    )
    async with servers:
        urls = {name: getattr(servers, name).url for name in flags.names}
        sys.stdout.write(json.dumps({"event": "mock.ready", "level": "info", "is_mock": True, **urls}) + "\n")
        sys.stdout.flush()
        await ended.wait()


def main() -> None:
    """Entry point."""
    try:
        uvloop.run(serve(read_flags()))
    except OSError as error:
        sys.exit(f"a mock server cannot listen: {error.strerror or error}; --port and --<service>-port choose others")


if __name__ == "__main__":
    main()

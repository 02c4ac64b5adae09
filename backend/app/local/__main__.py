"""`python -m app.local`, which is `make run`: the whole assistant on this machine, on small real models."""

import argparse
import asyncio
import fcntl
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from app.errors import SettingsError
from app.local import port_check, weights
from app.local.log_lines import LogLine, is_shown, render_json, render_plain
from app.local.plan import STATE_FILE, Plan, describe_overrides, plan
from app.local.state_file import StateFile
from app.local.supervisor import NAME, Supervisor
from app.settings import Settings, load, resolve
from app.settings.access_keys import access_keys, page_address, sign_in_link

LOCK_FILE = "lock"


def main() -> int:
    """Run until Ctrl-C or SIGTERM; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m app.local", description=__doc__)
    parser.add_argument("--reload", action="store_true", help="start the backend anew whenever its source changes")
    reload = parser.parse_args().reload
    try:
        settings = load()
        with _only_one(settings):
            planned = plan(settings, reload=reload)
            port_check.check(service.port for service in planned.services)
            weights.ensure_models(settings, weights.Place())
            fault = asyncio.run(_supervise(planned, settings))
    except SettingsError as error:
        fault = str(error)
    except KeyboardInterrupt:
        return 130
    if fault:
        weights.say(fault)
    return 1 if fault else 0


async def _supervise(planned: Plan, settings: Settings) -> str | None:
    address, key = page_address(settings), access_keys(settings).api_key
    # A terminal is its owner's; a log may be read by others.
    page = sign_in_link(settings, key) if key and sys.stdout.isatty() else address
    render = render_plain if sys.stdout.isatty() else render_json

    def write(line: LogLine) -> None:
        if not is_shown(line, settings.log_level.lower()):
            return
        try:
            print(render(line), flush=True)  # noqa: T201 - this is the program's output
        except OSError:
            # The terminal or the reader of our output is gone, and with it the wish to run.
            signal.raise_signal(signal.SIGTERM)

    supervisor = Supervisor(
        planned.services,
        write,
        StateFile(resolve(settings.cpu_run_dir) / STATE_FILE),
        greeting=f"everything is ready: open {page} (Ctrl-C ends it)",
        proof=f"{address}/ready",
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, supervisor.end)
    for override in describe_overrides(settings, planned.overrides):
        write(LogLine(NAME, "info", f"for this run: {override}"))
    write(LogLine(NAME, "info", f"starting {', '.join(service.name for service in planned.services)}"))
    return await supervisor.run()


@contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    """Hold the lock of this installation; it falls with the process that holds it."""
    file = resolve(settings.cpu_run_dir) / LOCK_FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise SettingsError(
                f"Kaiwa runs here already (process {lock.read().strip()}), so port {settings.backend_port} "
                "(BACKEND_PORT) is not free: end that one first."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


if __name__ == "__main__":
    sys.exit(main())

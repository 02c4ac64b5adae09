"""A PostgreSQL server of the tests' own: Debian's program, in a temporary folder, on a port that the system chose."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import asyncpg

USER, PASSWORD = "kaiwa", "swordfish"
START_S, END_S, GLANCE_S = 60, 20, 0.05
READY = "database system is ready to accept connections"
# It forgets everything with the tests, so it need not wait for the disk.
OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "shared_buffers=16MB")
DATABASE = ("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions")


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """Where it listens: on a port and, in `folder`, on a socket."""

    port: int
    folder: Path
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def url(self, database: str) -> str:
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    async def make_database(self) -> str:
        """Return the address of a new, empty database."""
        name = f"kaiwa_{next(self._numbers)}"
        admin = await asyncpg.connect(self.url("postgres"), timeout=10)
        try:
            await admin.execute(f"CREATE DATABASE {name}")
        finally:
            await admin.close()
        return self.url(name)


@contextmanager
def run_postgres() -> Iterator[PostgresServer]:
    """Start a server and end it; should the tests be killed, the kernel ends it."""
    programs, user = _find_programs(), _user()
    become = ["setpriv", "--pdeathsig", "INT"]
    folder = Path(tempfile.mkdtemp(prefix="kaiwa-pg-"))  # pytest's own folders are closed to the server's user
    try:
        if user:
            become += ["--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]
            os.chown(folder, user.pw_uid, user.pw_gid)
        (folder / "password").write_text(PASSWORD)
        who = (f"--username={USER}", f"--pwfile={folder / 'password'}")
        making = [*become, str(programs / "initdb"), str(folder / "data"), *who, *DATABASE]
        subprocess.run(making, check=True, capture_output=True, timeout=START_S, cwd=folder)  # noqa: S603 - Debian's program
        with _serve([*become, str(programs / "postgres")], folder) as server:
            yield server
    finally:
        shutil.rmtree(folder)


@contextmanager
def _serve(program: list[str], folder: Path) -> Iterator[PostgresServer]:
    server = PostgresServer(_free_port(), folder)
    where = (f"port={server.port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={folder}")
    options = [word for option in (*OPTIONS, *where) for word in ("-c", option)]
    log = folder / "log"
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603 - Debian's program
            [*program, "-D", folder / "data", *options], stderr=output, cwd=folder, env=os.environ | {"LC_ALL": "C"}
        )
    try:
        deadline = time.monotonic() + START_S
        while READY not in log.read_text():
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()  # noqa: PT018 - one reason
            time.sleep(GLANCE_S)
        yield server
    finally:
        process.send_signal(signal.SIGINT)  # it closes its connections and ends
        process.wait(END_S)


def _find_programs() -> Path:
    """Return the folder of the newest release that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: float(file.parts[-3]))
    assert found, "These tests need a PostgreSQL server: sudo apt install postgresql"
    return found[-1].parent


def _user() -> pwd.struct_passwd | None:
    """Return who is to run it, None for whoever we are: it refuses to be root."""
    if os.geteuid() != 0:
        return None
    return next(user for name in ("postgres", "nobody") for user in pwd.getpwall() if user.pw_name == name)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.local.child import Service
from app.local.log_lines import LogLine
from app.local.state_file import StateFile
from app.local.supervisor import Supervisor, Timing
from tests.local.fake_programs import SERVER, await_end, server

QUICK = Timing(start=20, poll=0.01, grace=5, first_pause=0.02, longest_pause=0.08, stable=60)
LIMIT_S = 20


class Log:
    """Collects lines and lets a test await one."""

    def __init__(self) -> None:
        self.lines: list[LogLine] = []
        self._grown = asyncio.Event()

    def write(self, line: LogLine) -> None:
        self.lines.append(line)
        self._grown.set()

    def messages(self, part: str = "") -> list[str]:
        return [line.message for line in self.lines if part in line.message]

    async def until(self, part: str, count: int = 1) -> None:
        async with asyncio.timeout(LIMIT_S):
            while len(self.messages(part)) < count:
                self._grown.clear()
                await self._grown.wait()


def supervise(tmp_path: Path, log: Log, *services: Service, timing: Timing = QUICK) -> Supervisor:
    state = StateFile(tmp_path / "run" / "state.json")
    return Supervisor(services, log.write, state, "all ready", services[-1].url, timing)


@asynccontextmanager
async def running(supervisor: Supervisor) -> AsyncIterator[None]:
    task = asyncio.create_task(supervisor.run())
    try:
        yield
    finally:
        supervisor.end()
        await asyncio.wait_for(task, LIMIT_S)


def known(supervisor: Supervisor, name: str) -> dict[str, object]:
    services: dict[str, dict[str, object]] = json.loads(supervisor.state.file.read_text())["services"]
    return services[name]


def pid_of(supervisor: Supervisor, name: str) -> int:
    pid = known(supervisor, name)["pid"]
    assert isinstance(pid, int)
    return pid


async def test_greets_when_all_are_ready_and_leaves_nothing_behind(tmp_path: Path) -> None:
    log = Log()
    supervisor = supervise(tmp_path, log, server("llm", tmp_path), server("backend", tmp_path))

    async with running(supervisor):
        await log.until("all ready")
        assert known(supervisor, "llm")["state"] == "ready"
        pids = [pid_of(supervisor, name) for name in ("llm", "backend")]

    assert supervisor.fault is None
    assert all(await_end(pid, 0) for pid in pids)
    assert known(supervisor, "llm")["state"] == "stopped"
    assert len(log.messages("hello from")) == 2


async def test_starts_a_crashed_program_again_and_pauses_longer_each_time(tmp_path: Path) -> None:
    log = Log()
    supervisor = supervise(tmp_path, log, server("tts", tmp_path), server("backend", tmp_path))

    async with running(supervisor):
        await log.until("all ready")
        steady = pid_of(supervisor, "backend")
        for crash in range(1, 5):
            os.kill(pid_of(supervisor, "tts"), signal.SIGKILL)
            await log.until("tts ready", crash + 1)
        after = known(supervisor, "tts")
        assert (after["state"], after["restarts"], after["last_exit"]) == ("ready", 4, "signal SIGKILL")
        assert pid_of(supervisor, "backend") == steady

    told = [f"tts ended by itself (signal SIGKILL) and is started again in {s} s" for s in (0.02, 0.04, 0.08, 0.08)]
    assert log.messages("ended by itself") == told


async def test_pauses_briefly_again_after_a_long_good_run(tmp_path: Path) -> None:
    log = Log()
    timing = Timing(start=20, poll=0.01, grace=5, first_pause=0.02, longest_pause=5, stable=0)
    supervisor = supervise(tmp_path, log, server("tts", tmp_path), timing=timing)

    async with running(supervisor):
        await log.until("all ready")
        for crash in range(1, 3):
            os.kill(pid_of(supervisor, "tts"), signal.SIGKILL)
            await log.until("tts ready", crash + 1)

    assert len(log.messages("again in 0.02 s")) == 2


async def test_gives_up_with_the_last_words_of_a_program_that_cannot_start(tmp_path: Path) -> None:
    log = Log()
    broken = "import sys; sys.exit('models/x.bin (CPU_STT_MODEL) is missing.')"
    supervisor = supervise(tmp_path, log, server("llm", tmp_path), server("stt", tmp_path, program=broken))

    fault = await asyncio.wait_for(supervisor.run(), LIMIT_S)

    assert fault == "stt could not start (exit status 1): models/x.bin (CPU_STT_MODEL) is missing."
    assert known(supervisor, "llm")["state"] == "stopped"


async def test_gives_up_on_a_program_that_is_never_ready(tmp_path: Path) -> None:
    idle = server("stt", tmp_path, program="import signal; signal.pause()")
    supervisor = supervise(tmp_path, Log(), idle, timing=Timing(start=0.1, poll=0.01, grace=5))

    assert await asyncio.wait_for(supervisor.run(), LIMIT_S) == "stt could not start (not ready within 0.1 s)"


async def test_gives_up_on_a_program_that_does_not_exist(tmp_path: Path) -> None:
    missing = server("stt", tmp_path / "nowhere")
    supervisor = supervise(tmp_path, Log(), missing)

    assert "No such file" in str(await asyncio.wait_for(supervisor.run(), LIMIT_S))


async def test_forces_a_program_that_does_not_end_when_asked(tmp_path: Path) -> None:
    log = Log()
    timing = Timing(start=20, poll=0.01, grace=0.05)
    supervisor = supervise(tmp_path, log, server("stt", tmp_path, "stubborn"), timing=timing)

    async with running(supervisor):
        await log.until("all ready")
        pid = pid_of(supervisor, "stt")

    assert await_end(pid, 0)


async def test_a_second_wish_to_end_does_not_wait_for_the_grace(tmp_path: Path) -> None:
    log = Log()
    timing = Timing(start=20, poll=0.01, grace=300)
    supervisor = supervise(tmp_path, log, server("stt", tmp_path, "stubborn"), timing=timing)

    async with running(supervisor):
        await log.until("all ready")
        supervisor.end()  # and `running` asks again

    assert known(supervisor, "stt")["state"] == "stopped"


async def test_ends_what_its_programs_have_started_too(tmp_path: Path) -> None:
    log = Log()
    parent = "import subprocess, sys; print('child', subprocess.Popen(['sleep', '600']).pid, flush=True)\n" + SERVER
    supervisor = supervise(tmp_path, log, server("backend", tmp_path, program=parent))

    async with running(supervisor):
        await log.until("all ready")
        grandchild = int(log.messages("child ")[0].split()[1])

    assert await_end(grandchild)


DRIVER = """
import asyncio, sys
from pathlib import Path
from app.local import __main__ as program
from app.local.plan import Plan
from app.settings import load
from tests.local.fake_programs import server
folder = Path(sys.argv[1])
services = (server("llm", folder, *sys.argv[2:]), server("backend", folder))
settings = load(backend_port=services[1].port.number, cpu_run_dir=str(folder))
sys.exit(asyncio.run(program._supervise(Plan(services, {}), settings)))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_orphan_is_left_however_the_supervisor_ends(tmp_path: Path, number: signal.Signals) -> None:
    backend = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(backend)}
    # One that does not listen to SIGTERM is ended by force: by the kernel, or when Ctrl-C is pressed twice.
    extra = [] if number is signal.SIGTERM else ["stubborn"]
    command = [sys.executable, "-c", DRIVER, str(tmp_path), *extra]
    driver = subprocess.Popen(  # noqa: S603 - our own program
        command, cwd=backend, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert driver.stdout is not None
    with driver.stdout:
        read_until(driver.stdout.readline, "everything is ready")
        services = json.loads((tmp_path / "supervisor.json").read_text())["services"]
        driver.send_signal(number)
        if number is signal.SIGINT:
            read_until(driver.stdout.readline, "ending all programs")
            driver.send_signal(number)
        status = driver.wait(LIMIT_S)

    assert status == (-number if number is signal.SIGKILL else 0)
    assert all(await_end(state["pid"]) for state in services.values())


def read_until(read: Callable[[], str], part: str) -> None:
    while part not in (line := read()):
        assert line, f"the output ended before {part!r}"

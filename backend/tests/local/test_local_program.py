import fcntl
import os
import socket
import sys
from pathlib import Path

import pytest

from app.local import __main__ as program
from app.local import port_check, weights


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the lock and the state of a Kaiwa that runs in this checkout out of it."""
    monkeypatch.setenv("CPU_RUN_DIR", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["python -m app.local"])


@pytest.fixture
def no_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("nothing may be fetched or started")

    monkeypatch.setattr(weights, "ensure_models", fail)
    monkeypatch.setattr(program, "_supervise", fail)


@pytest.mark.usefixtures("no_start")
def test_a_second_one_is_told_of_the_first_its_port_and_variable(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lock = tmp_path / program.LOCK_FILE
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.write("4321")
        held.flush()

        assert program.main() == 1

    assert capfd.readouterr().err == (
        "Kaiwa runs here already (process 4321), so port 8000 (BACKEND_PORT) is not free: end that one first.\n"
    )


@pytest.mark.usefixtures("no_start")
def test_a_taken_port_stops_the_start_before_anything_is_started(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        monkeypatch.setenv("LLM_LOCAL_PORT", str(number))

        assert program.main() == 1

    assert capfd.readouterr().err.startswith(f"Port {number} (LLM_LOCAL_PORT) is taken by another program")


@pytest.mark.usefixtures("no_start")
def test_a_wrong_setting_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TTS_PORT", "loud")

    assert program.main() == 1

    printed = capfd.readouterr().err
    assert printed.startswith("TTS_PORT ")
    assert len(printed.splitlines()) == 1


def test_why_a_program_could_not_start_is_the_last_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    async def supervise(*_: object) -> str:
        return "stt could not start"

    monkeypatch.setattr(port_check, "check", list)
    monkeypatch.setattr(weights, "ensure_models", lambda *_: None)
    monkeypatch.setattr(program, "_supervise", supervise)

    assert program.main() == 1
    assert capfd.readouterr().err == "stt could not start\n"
    assert (tmp_path / program.LOCK_FILE).read_text() == str(os.getpid())

import asyncio
import json
import signal
import sys
from pathlib import Path

import httpx
import pytest

from app.mock.flags import read_flags

BACKEND = Path(__file__).parents[2]


def test_without_flags_it_takes_the_time_of_a_fast_machine() -> None:
    flags = read_flags([])

    assert (flags.behaviours.llm.first_token_ms, flags.behaviours.stt.delay_ms) == (120, 80)
    assert flags.ports == {"llm": 8080, "stt": 6006, "tts": 7007, "embedding": 9000}
    assert flags.port is None


def test_every_field_is_a_flag() -> None:
    given = "--only llm,tts --llm-port 1 --llm-per-token-ms 5 --stt-serial --tts-voices a,b --tts-rate null"
    faults = ["--llm-fault", '{"kind": "cut", "after": 2}', "--stt-fault", "hang", "--llm-text", "Eight words."]

    flags = read_flags([*given.split(), *faults])

    assert flags.names == ("llm", "tts")
    assert flags.ports["llm"] == 1
    assert (flags.behaviours.llm.per_token_ms, flags.behaviours.llm.text) == (5, "Eight words.")
    assert flags.behaviours.stt.serial
    assert (flags.behaviours.tts.voices, flags.behaviours.tts.rate) == (("a", "b"), None)
    assert flags.behaviours.llm.fault is not None
    assert flags.behaviours.llm.fault.after == 2
    assert flags.behaviours.stt.fault is not None
    assert flags.behaviours.stt.fault.kind == "hang"


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        (["--llm-per-token-ms", "-1"], "--llm-per-token-ms: Input should be greater than or equal to 0"),
        (["--tts-fault", "explode"], "--tts-fault: kind: Input should be"),
        (["--tts-fault", '{"kind": '], "--tts-fault: this is not JSON"),
        (["--only", "llm,ear"], "there is no 'ear'"),
    ],
)
def test_a_wrong_flag_is_named(capsys: pytest.CaptureFixture[str], flags: list[str], complaint: str) -> None:
    with pytest.raises(SystemExit):
        read_flags(flags)

    assert complaint in capsys.readouterr().err


async def test_the_program_tells_its_addresses_and_ends_on_sigterm(client: httpx.AsyncClient) -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app.mock", "--port", "0", cwd=BACKEND, stdout=asyncio.subprocess.PIPE
    )
    assert program.stdout is not None
    ready = json.loads(await program.stdout.readline())

    assert (ready["event"], ready["is_mock"]) == ("mock.ready", True)
    assert (await client.get(f"{ready['llm']}/health")).json()["is_mock"] is True
    program.send_signal(signal.SIGTERM)
    assert await program.wait() == 0


async def test_a_taken_port_is_one_sentence() -> None:
    async with asyncio.timeout(30):
        holder = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
        port = holder.sockets[0].getsockname()[1]
        program = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app.mock", "--port", str(port), cwd=BACKEND, stderr=asyncio.subprocess.PIPE
        )
        _, complaint = await program.communicate()
        holder.close()
        await holder.wait_closed()

    assert program.returncode == 1
    assert len(complaint.decode().splitlines()) == 1
    assert "in use" in complaint.decode()

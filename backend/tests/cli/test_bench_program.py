"""The bench as it is run, in its quick form, against a real backend and the mock servers."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from app.cli.bench.programs import BenchError, Program, free_ports
from app.settings import ROOT

TWO_CORES = len(os.sched_getaffinity(0)) > 1


async def run_bench(*arguments: str, cores: set[int] | None = None) -> tuple[int, str, str]:
    command = (sys.executable, "-m", "app.cli.bench", *arguments)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT / "backend",
        stdout=pipe,
        stderr=pipe,
        preexec_fn=(lambda: os.sched_setaffinity(0, cores)) if cores else None,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


@pytest.mark.skipif(not TWO_CORES, reason="the bench itself refuses to run on one core")
async def test_overhead_measures_every_published_figure(tmp_path: Path) -> None:
    status, out, err = await run_bench("overhead", "--quick", "--json", str(tmp_path / "bench.json"))

    assert status == 0, err
    assert "overhead, ms" in out
    figures = json.loads((tmp_path / "bench.json").read_text())
    assert figures["command"].startswith("python -m app.cli.bench overhead --quick")
    assert figures["machine"]["cores"] >= 2
    # Wide bounds: this machine may be busy. A turn that is missing would be a null.
    assert 0 < figures["overhead_ms"]["p50"] <= figures["overhead_ms"]["p95"] < 400
    assert 192 <= figures["interruption_ms"]["p50"] < 500
    assert 192 <= figures["partial_ms"]["p50"] < 900
    assert figures["sessions_per_core"] >= 1
    assert figures["cpu_s_per_session_minute"] > 0
    assert figures["mb_per_session"] is not None
    assert [run["missed"] for run in figures["runs"]] == [0, 0]
    assert [run["errors"] for run in figures["runs"]] == [0, 0]


async def test_one_core_is_not_enough() -> None:
    core = min(os.sched_getaffinity(0))
    status, _, err = await run_bench("overhead", "--quick", cores={core})
    assert status == 1
    assert "two processor cores" in err


async def test_a_program_that_ends_at_once_is_told_with_its_last_words() -> None:
    with (
        Program("app.mock", ("--only", "nothing")) as program,
        pytest.raises(BenchError, match="there is no 'nothing'"),
    ):
        await program.answer(f"http://127.0.0.1:{free_ports(1)[0]}/ready")

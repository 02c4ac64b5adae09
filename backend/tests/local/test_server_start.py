"""What each server says when it cannot start: one sentence, and a status that a supervisor sees."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import ROOT
from tests.local.model_server import LLM_MODEL, STT_MODEL, ModelServer

pytestmark = pytest.mark.models


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", f"app.local.{program}", *arguments]
    return subprocess.run(  # noqa: S603 - our own program
        command, cwd=ROOT / "backend", capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(("program", "model"), [("llm", LLM_MODEL), ("stt", STT_MODEL), ("embedding", None)])
def test_a_taken_port_is_one_sentence(llm: ModelServer, program: str, model: str | None) -> None:
    port = llm.address.rpartition(":")[2]
    ended = run(program, "--port", port, *(["--model", str(model)] if model else []))
    assert ended.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in ended.stderr.splitlines()[-1]


@pytest.mark.parametrize(("program", "variable"), [("llm", "CPU_LLM_MODEL"), ("stt", "CPU_STT_MODEL")])
@pytest.mark.parametrize("path", ["nothing.bin", "pyproject.toml"])
def test_a_missing_or_broken_model_is_one_sentence(program: str, variable: str, path: str) -> None:
    ended = run(program, "--port", "0", "--model", path)
    assert ended.returncode == 1
    (sentence,) = (
        line for line in ended.stderr.splitlines() if variable in line
    )  # an engine's own log may come after it
    assert path in sentence


def test_half_a_model_is_one_sentence(tmp_path: Path) -> None:
    half = tmp_path / "half.bin"
    with STT_MODEL.open("rb") as model:
        half.write_bytes(model.read(1 << 20))
    ended = run("stt", "--port", "0", "--model", str(half))
    assert ended.returncode == 1
    assert "half.bin is not a model" in ended.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("program", "flag", "variable"),
    [("tts", "--voices", "CPU_TTS_VOICES"), ("embedding", "--model", "CPU_EMBEDDING_MODEL")],
)
def test_an_unknown_voice_or_encoder_is_one_sentence(program: str, flag: str, variable: str) -> None:
    ended = run(program, "--port", "0", flag, "nobody")
    assert ended.returncode == 1
    assert "nobody" in ended.stderr
    assert variable in ended.stderr

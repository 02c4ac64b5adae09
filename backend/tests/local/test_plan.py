import json
import signal
import sys
from pathlib import Path

import pytest

from app.local.plan import STATE_VARIABLE, describe_overrides, override, plan
from app.local.state_file import StateFile
from app.settings import load


def test_the_children_get_loopback_endpoints_on_the_chosen_ports() -> None:
    settings = load(llm_local_port=1, stt_port=2, tts_port=3, embedding_port=4)

    assert override(settings) == {
        "LLM_ENDPOINT": "http://127.0.0.1:1/v1",
        "STT_ENDPOINT": "http://127.0.0.1:2/inference",
        "TTS_ENDPOINT": "http://127.0.0.1:3/v1/tts",
        "EMBEDDING_ENDPOINT": "http://127.0.0.1:4/embedding",
        "RAG_INDEX_PATH": "data/faiss/index.bin",
        "STT_LANGUAGE": "auto",
        "LLM_CTX_SIZE": "8192",
    }
    for service in plan(settings).services:
        assert service.environment["STT_LANGUAGE"] == "auto"
        assert service.environment[STATE_VARIABLE].endswith("supervisor.json")


def test_the_overrides_hold_when_the_backend_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    overrides = override(load())
    for name, value in overrides.items():
        monkeypatch.setenv(name, value)

    assert describe_overrides(load(), overrides) == []


def test_only_what_changes_is_printed_with_what_it_was() -> None:
    settings = load(stt_language="auto")
    lines = describe_overrides(settings, override(settings))

    assert "LLM_ENDPOINT=http://127.0.0.1:18000/v1 (instead of http://llm:8080/v1)" in lines
    assert not any(line.startswith("STT_LANGUAGE") for line in lines)


def test_each_model_server_gets_its_port_model_and_threads() -> None:
    services = {service.name: service for service in plan(load(cpu_llm_threads=3, cpu_tts_voices="a,b")).services}

    llm = " ".join(services["llm"].command)
    assert llm.startswith(f"{sys.executable} -m app.local.llm --host 127.0.0.1 --port 18000")
    assert "--model models/llm/" in llm
    assert "--threads 3" in llm
    assert services["tts"].command[-4:-2] == ("--voices", "a,b")
    assert services["tts"].health == "/v1/health"
    assert services["stt"].port.variable == "STT_PORT"
    assert services["backend"].command == (sys.executable, "-m", "app.main")


def test_reload_follows_the_source_and_ends_by_being_asked() -> None:
    backend = plan(load(), reload=True).services[-1]

    assert "--reload" in backend.command
    assert backend.death is signal.SIGTERM


def test_the_state_file_is_whole_and_keeps_what_it_was_told(tmp_path: Path) -> None:
    state = StateFile(tmp_path / "run" / "state.json")
    state.update("tts", state="waiting", restarts=2, last_exit="signal SIGKILL")
    state.update("tts", state="ready")

    tts = json.loads(state.file.read_text())["services"]["tts"]
    assert (tts["state"], tts["restarts"], tts["last_exit"]) == ("ready", 2, "signal SIGKILL")
    assert [file.name for file in state.file.parent.iterdir()] == ["state.json"]

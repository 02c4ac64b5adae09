"""What `make run` starts: the four small model servers and the backend, and the variables they get."""

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from app.local.child import Service
from app.local.port_check import Port
from app.settings import ROOT, Settings, resolve

STATE_FILE = "supervisor.json"
STATE_VARIABLE = "KAIWA_SUPERVISOR_STATE"
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Plan:
    """The programs to keep running, and which settings of the operator do not hold for them."""

    services: tuple[Service, ...]
    overrides: Mapping[str, str]


def plan(settings: Settings, *, reload: bool = False) -> Plan:
    """Return what to start with these `settings`; `reload` lets the backend follow changes of its source."""
    overrides = override(settings)
    backend = ROOT / "backend"
    environment = os.environ | overrides
    environment |= {
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, (str(backend), os.environ.get("PYTHONPATH")))),
        STATE_VARIABLE: str(resolve(settings.cpu_run_dir) / STATE_FILE),
    }
    services = [
        _service(name, command, port, environment)
        for name, command, port in (
            ("llm", _llm(settings), Port(settings.llm_local_port, "LLM_LOCAL_PORT")),
            ("stt", _stt(settings), Port(settings.stt_port, "STT_PORT")),
            ("tts", _tts(settings), Port(settings.tts_port, "TTS_PORT")),
            ("embedding", _embedding(settings), Port(settings.embedding_port, "EMBEDDING_PORT")),
        )
    ]
    return Plan((*services, _backend(settings, environment, reload=reload)), overrides)


def override(settings: Settings) -> dict[str, str]:
    """Return the variables that take another value on one machine than in production."""
    return {
        "LLM_ENDPOINT": f"http://{HOST}:{settings.llm_local_port}/v1",
        "STT_ENDPOINT": f"http://{HOST}:{settings.stt_port}/inference",
        "TTS_ENDPOINT": f"http://{HOST}:{settings.tts_port}/v1/tts",
        "EMBEDDING_ENDPOINT": f"http://{HOST}:{settings.embedding_port}/embedding",
        "RAG_INDEX_PATH": "data/faiss/index.bin",
        "STT_LANGUAGE": "auto",
        "LLM_CTX_SIZE": str(settings.cpu_llm_ctx_size),
    }


def describe_overrides(settings: Settings, overrides: Mapping[str, str]) -> list[str]:
    """Return a line for each variable whose value the operator would not expect."""
    return [
        f"{name}={value} (instead of {before})"
        for name, value in overrides.items()
        if str(before := getattr(settings, name.lower())) != value
    ]


def _llm(settings: Settings) -> list[str]:
    sizes = ["--threads", str(settings.cpu_llm_threads), "--ctx-size", str(settings.cpu_llm_ctx_size)]
    return ["--model", settings.cpu_llm_model, *sizes]


def _stt(settings: Settings) -> list[str]:
    return ["--model", settings.cpu_stt_model, "--threads", str(settings.cpu_stt_threads)]


def _tts(settings: Settings) -> list[str]:
    return ["--voices", ",".join(settings.cpu_tts_voices), "--threads", str(settings.cpu_tts_threads)]


def _embedding(settings: Settings) -> list[str]:
    return ["--model", settings.cpu_embedding_model, "--threads", str(settings.cpu_embedding_threads)]


def _service(name: str, options: list[str], port: Port, environment: Mapping[str, str]) -> Service:
    module = [sys.executable, "-m", f"app.local.{name}", "--host", HOST, "--port", str(port.number)]
    health = "/v1/health" if name == "tts" else "/health"
    return Service(name, (*module, *options), port, health, environment, ROOT)


def _backend(settings: Settings, environment: Mapping[str, str], *, reload: bool) -> Service:
    port = Port(settings.backend_port, "BACKEND_PORT", settings.backend_host)
    command = (sys.executable, "-m", "app.main")
    if not reload:
        return Service("backend", command, port, "/health", environment, ROOT)
    # Its reloader has to end its own worker, which it does when asked, not when killed.
    return Service("backend", (*command, "--reload"), port, "/health", environment, ROOT, death=signal.SIGTERM)

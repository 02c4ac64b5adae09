import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.ports import ProviderHealth
from tests.web.serving import FakeProviders, calling, make_backend

READY = ProviderHealth(provider="llama.cpp", endpoint="http://llm:8080/v1", model="m", state="ready", serving="primary")
DOWN = replace(READY, state="down", serving="none", last_error="llm: connection refused", warnings=("llm: down",))
FALLBACK = replace(READY, serving="fallback", fallback_count=2, warnings=("tts: serving a fallback",))


async def get(path: str, providers: FakeProviders) -> tuple[int, dict[str, Any]]:
    async with calling(make_backend(providers, rag_index_path="/data/faiss/index.bin")) as client:
        answer = await client.get(path)
        return answer.status_code, answer.json()


async def test_the_report_has_the_shape_that_was_agreed() -> None:
    status, report = await get("/health", FakeProviders(llm=READY))

    assert status == 200
    assert set(report) == {"status", "version", "uptime_s", "providers", "store", "rag", "warnings"}
    assert report["status"] == "ok"
    assert list(report["providers"]) == ["llm", "stt", "tts", "embedding"]
    assert report["providers"]["llm"] == {
        "provider": "llama.cpp",
        "endpoint": "http://llm:8080/v1",
        "model": "m",
        "state": "ready",
        "is_mock": False,
        "serving": "primary",
        "fallback_count": 0,
        "last_error": None,
        "checked_at": None,
    }
    assert report["providers"]["stt"]["is_mock"] is True
    assert report["rag"] == {
        "index_path": "/data/faiss/index.bin",
        "documents": 0,
        "passages": 0,
        "embedding_model": None,
    }


@pytest.mark.parametrize(
    ("states", "status", "is_ready"),
    [
        ({}, "ok", True),
        ({"tts": FALLBACK}, "degraded", True),
        ({"embedding": DOWN}, "degraded", True),
        ({"llm": DOWN}, "unavailable", False),
        ({"stt": DOWN}, "unavailable", False),
        ({"tts": DOWN}, "unavailable", False),
    ],
)
async def test_ready_is_whether_somebody_can_be_talked_to(
    states: dict[str, ProviderHealth], status: str, is_ready: bool
) -> None:
    alive = await get("/health", FakeProviders(**states))
    ready = await get("/ready", FakeProviders(**states))

    assert alive[0] == 200
    assert ready[0] == (200 if is_ready else 503)
    assert alive[1]["status"] == ready[1]["status"] == status
    assert ready[1]["warnings"] == [warning for state in states.values() for warning in state.warnings]


async def test_a_store_that_is_down_is_a_warning_and_no_reason_not_to_talk(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/kept/kaiwa.db"
    async with calling(make_backend(database_url=url)) as client:
        assert (await client.get("/health")).json()["store"] == {"database": url, "state": "ready", "last_error": None}
        shutil.rmtree(tmp_path / "kept")
        answer = await client.get("/ready")

    report = answer.json()
    assert (answer.status_code, report["status"]) == (200, "degraded")
    assert report["store"] == {"database": url, "state": "down", "last_error": "no such file or directory"}
    assert report["warnings"] == [
        f"store: {url} is down (no such file or directory), conversations are not kept",
    ]


def write_state(file: Path, **tts: Any) -> None:
    state = {"state": "ready", "pid": 2, "restarts": 1, "last_exit": "signal SIGKILL", **tts}
    file.write_text(json.dumps({"pid": 1, "services": {"tts": state}}))


@pytest.mark.parametrize(
    ("tts", "warning"),
    [
        ({"state": "waiting", "since": "x"}, "ended (signal SIGKILL) and is being started again"),
        ({"since": datetime.now(UTC).isoformat()}, "ended (signal SIGKILL) and was started again"),
        ({"since": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}, None),
        ({"state": "starting", "restarts": 0, "since": "x"}, None),
    ],
)
async def test_a_program_that_was_started_again_is_a_warning_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tts: dict[str, Any], warning: str | None
) -> None:
    write_state(tmp_path / "state.json", **tts)
    monkeypatch.setenv("KAIWA_SUPERVISOR_STATE", str(tmp_path / "state.json"))

    _, report = await get("/health", FakeProviders())

    assert report["services"]["tts"]["restarts"] == tts.get("restarts", 1)
    if warning is None:
        assert report["warnings"] == []
    else:
        assert warning in report["warnings"][0]
        assert report["status"] == "degraded"


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"services": [1]}'])
async def test_a_state_that_cannot_be_read_harms_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    file = tmp_path / "state.json"
    if text is not None:
        file.write_text(text)
    monkeypatch.setenv("KAIWA_SUPERVISOR_STATE", str(file))

    status, report = await get("/ready", FakeProviders())

    assert status == 200
    assert "services" not in report


async def test_metrics_call_a_mock_a_mock() -> None:
    async with calling(make_backend(FakeProviders(llm=READY, tts=FALLBACK, stt=DOWN))) as client:
        text = (await client.get("/metrics")).text
    assert 'kaiwa_provider_ready{mock="no",provider="llama.cpp",service="llm",serving="primary"} 1.0' in text
    assert 'kaiwa_provider_ready{mock="no",provider="llama.cpp",service="tts",serving="fallback"} 1.0' in text
    assert 'kaiwa_provider_ready{mock="no",provider="llama.cpp",service="stt",serving="none"} 0.0' in text
    assert 'kaiwa_provider_ready{mock="yes",provider="fake",service="embedding",serving="primary"} 1.0' in text
    assert "kaiwa_sessions 0.0" in text

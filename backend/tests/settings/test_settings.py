"""Reading, checking and filling in of settings."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from app.errors import SettingsError
from app.settings import ROOT, Settings, load, resolve

LONG_KEY = "a-key-made-up-for-this-test"


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty file that `Settings` reads as the operator's `.env`."""
    file = tmp_path / ".env"
    file.touch()
    monkeypatch.setitem(Settings.model_config, "env_file", file)
    return file


def test_environment_wins_over_env_file_wins_over_default(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env_file.write_text("STT_PORT=7001\nTTS_PORT=7002\n")
    monkeypatch.setenv("TTS_PORT", "7003")

    settings = load()

    assert (settings.llm_port, settings.stt_port, settings.tts_port) == (8080, 7001, 7003)


def test_given_values_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTS_PORT", "7003")

    assert load(tts_port=7004).tts_port == 7004


def test_an_empty_value_is_unset(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env_file.write_text("LLM_PORT=\nSTT_PORT=7001\n")
    monkeypatch.setenv("STT_PORT", "")

    assert (load().llm_port, load().stt_port) == (8080, 7001)


@pytest.mark.parametrize(
    ("in_file", "in_environment", "expected"),
    [
        ("", {}, "http://llm:8080/v1"),
        ("LLM_PORT=81\n", {}, "http://llm:81/v1"),
        ("LLM_PORT=81\n", {"LLM_PORT": "82"}, "http://llm:82/v1"),
        ("LLM_PORT=81\nLLM_ENDPOINT=http://gpu:${LLM_PORT}/v1\n", {"LLM_PORT": "82"}, "http://gpu:82/v1"),
        ("LLM_ENDPOINT=http://${GPU_HOST:-gpu}:${LLM_PORT}/v1\n", {}, "http://gpu:8080/v1"),
        ("GPU_HOST=box\nLLM_ENDPOINT=http://${GPU_HOST:-gpu}/v1\n", {}, "http://box/v1"),
    ],
)
def test_references_are_looked_up_like_the_values_themselves(
    in_file: str, in_environment: dict[str, str], expected: str, env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file.write_text(in_file)
    for name, value in in_environment.items():
        monkeypatch.setenv(name, value)

    assert load().llm_endpoint == expected


def test_a_given_port_reaches_the_endpoint_that_refers_to_it() -> None:
    assert load(llm_port=83).llm_endpoint == "http://llm:83/v1"


def test_a_reference_to_nothing_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_ENDPOINT", "http://llm:${NO_SUCH_PORT}/v1")

    with pytest.raises(SettingsError, match=r"^LLM_ENDPOINT .*NO_SUCH_PORT"):
        load()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LLM_PORT", "abc"),
        ("STT_PORT", "0"),
        ("STT_ENDPOINT", "stt:6006/inference"),
        ("STT_ENDPOINT", "http://stt:99999/inference"),
        ("STT_ENDPOINT", "http://somebody:secret@stt/inference"),
        ("LLM_FALLBACK_ENDPOINT", "http://a/v1, b"),
        ("STT_LANGUAGE", "Japanese"),
        ("VAD_THRESHOLD", "nan"),
        ("VAD_THRESHOLD", "1.5"),
        ("LLM_TOTAL_TIMEOUT_S", "0"),
        ("ALLOWED_ORIGINS", "https://kaiwa.example/page"),
        ("DATABASE_URL", "data/kaiwa.db"),
        ("LOG_LEVEL", "loud"),
        ("API_KEY", "short"),
        ("API_KEY", "with a space in it it is no key"),
        ("CPU_LLM_THREADS", "-1"),
        ("STT_PLATFORM", "arm64"),
    ],
)
def test_a_wrong_value_is_one_sentence_naming_the_variable(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(SettingsError) as caught:
        load()

    sentence = str(caught.value)
    assert sentence.startswith(f"{variable} should ")
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_a_password_in_a_wrong_address_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://kaiwa:swordfish@db/kaiwa")

    with pytest.raises(SettingsError, match=r"^DATABASE_URL should begin with [^,]*\.$"):
        load()

    monkeypatch.setenv("DATABASE_URL", "postgresql://kaiwa:swordfish@db/kaiwa")
    assert "swordfish" not in repr(load())


def test_several_wrong_values_are_all_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STT_PORT", "x")
    monkeypatch.setenv("TTS_PORT", "y")

    with pytest.raises(SettingsError, match=r"^TTS_PORT .* \(and 1 more wrong: STT_PORT\)\.$"):
        load()


@pytest.mark.parametrize("variable", ["API_KEY", "ADMIN_KEY"])
def test_a_key_is_never_shown(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, LONG_KEY)
    settings = load()
    monkeypatch.setenv(variable, "too-short-key")
    with pytest.raises(SettingsError) as caught:
        load()

    assert settings.model_dump()[variable.lower()] == SecretStr(LONG_KEY)
    assert LONG_KEY not in repr(settings) + str(settings) + settings.model_dump_json()
    assert "too-short-key" not in str(caught.value)


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLM_FALLBACK_ENDPOINT", "http://a/v1, http://b/v1,")
    monkeypatch.setenv("CPU_TTS_VOICES", "hibari")

    assert load().llm_fallback_endpoint == ("http://a/v1", "http://b/v1")
    assert load().cpu_tts_voices == ("hibari",)


def test_settings_do_not_change_and_know_no_strange_names() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load().llm_port = 1
    with pytest.raises(SettingsError, match=r"^LLM_PROT "):
        load(llm_prot=1)


def test_relative_paths_start_at_the_root_of_the_repository() -> None:
    assert (ROOT / ".env.default").is_file()
    assert resolve("data/faiss") == ROOT / "data" / "faiss"
    assert resolve("/data/faiss") == Path("/data/faiss")

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.local.log_lines import LogLine, is_shown, render_json, render_plain, translate

LOADING = "0.00.011.467 I srv    load_model: loading model '/models/x.gguf'"
BROKEN_JSON = (
    '0.08.208.101 W srv    operator(): got exception: {"error":{"code":400,"message":'
    "\"parse error; last read: 'my secret question'\"}}"
)


def line(service: str, text: str, *, serving: bool = True) -> LogLine:
    found = translate(service, text, serving=serving)
    assert found is not None
    return found


def test_our_own_lines_keep_their_level_time_and_fields() -> None:
    text = '{"event": "stt.ready", "level": "warning", "service": "x", "time": "2030-01-02T03:04:05Z", "threads": 2}'

    assert line("stt", text) == LogLine("stt", "warning", "stt.ready", {"threads": 2}, "2030-01-02T03:04:05Z")


@pytest.mark.parametrize(
    ("text", "level", "message"),
    [
        (LOADING, "debug", "srv load_model: loading model '/models/x.gguf'"),
        ("0.08.247.015 E srv    send_error: task id = 6", "error", "srv send_error: task id = 6"),
        (BROKEN_JSON, "warning", "srv operator(): refused a request with status 400"),
        ("whisper_model_load: n_mels = 80", "debug", "whisper_model_load: n_mels = 80"),
        ("whisper_init_state: failed to load", "error", "whisper_init_state: failed to load"),
        ("INFO:     Started server process [7]", "info", "Started server process [7]"),
        ('INFO:   1.2.3.4:5 - "GET /v1?q=my+secret HTTP/1.1" 200', "info", '1.2.3.4:5 - "GET /v1 HTTP/1.1" 200'),
        ("CRITICAL: out of memory", "error", "out of memory"),
        ("Traceback (most recent call last):", "error", "Traceback (most recent call last):"),
        ('  File "app/x.py", line 3, in answer', "error", '  File "app/x.py", line 3, in answer'),
        ("app.errors.RequestError: my secret question", "error", "app.errors.RequestError"),
    ],
)
def test_known_lines_are_read_and_lose_what_a_request_said(text: str, level: str, message: str) -> None:
    found = line("llm", text)

    assert (found.level, found.message) == (level, message)


def test_unknown_lines_pass_only_before_the_first_request() -> None:
    text = "models/x.bin (CPU_STT_MODEL) is missing."

    assert line("stt", text, serving=False).message == text
    assert translate("stt", text, serving=True) is None


@pytest.mark.parametrize("text", ["", "   ", '{"no": "event"}', "{broken", "[1]"])
def test_nothing_and_strange_json_say_nothing(text: str) -> None:
    assert translate("tts", text, serving=True) is None


def test_before_serving_an_exception_says_what_it_is_about() -> None:
    assert "No module" in line("tts", "ModuleNotFoundError: No module named 'x'", serving=False).message


@given(st.text(), st.booleans())
def test_any_text_becomes_a_readable_line_or_none(text: str, serving: bool) -> None:
    found = translate("llm", text, serving=serving)

    if found is not None:
        assert json.loads(render_json(found))["service"] == "llm"
        assert render_plain(found)


def test_json_has_the_four_words_whatever_the_fields_are_called() -> None:
    rendered = json.loads(render_json(LogLine("llm", "info", "ready", {"level": "x", "n": 1}, "2030-01-02T03:04:05Z")))

    assert rendered == {
        "time": "2030-01-02T03:04:05Z",
        "service": "llm",
        "level": "info",
        "message": "ready",
        "n": 1,
    }


def test_a_person_sees_service_message_and_fields() -> None:
    assert render_plain(LogLine("llm", "info", "ready", {"n": 1})).split()[1:] == ["llm", "info", "ready", "n=1"]


def test_lines_below_the_level_are_not_shown() -> None:
    assert is_shown(LogLine("llm", "warning", "x"), "info")
    assert not is_shown(LogLine("llm", "debug", "x"), "info")

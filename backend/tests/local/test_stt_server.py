"""Real whisper, asked as a client would ask the real whisper-server."""

import io
import socket

import httpx
import numpy as np
import pytest
import soundfile

from tests.local.model_server import SPEECH, ModelServer

pytestmark = pytest.mark.models

VERBOSE = {"response_format": "verbose_json", "no_language_probabilities": "true", "no_timestamps": "true"}


def hear(server: ModelServer, upload: bytes, **fields: str) -> httpx.Response:
    answer = server.http.post("/inference", files={"file": upload}, data={"temperature_inc": "0"} | fields)
    assert answer.status_code == 200, answer.text
    return answer


def read(name: str) -> bytes:
    return (SPEECH / name).read_bytes()


def open_request(server: ModelServer, upload: bytes) -> socket.socket:
    """Ask and leave the answer to come."""
    request = httpx.Request("POST", f"{server.address}/inference", files={"file": upload})
    host, port = server.address.removeprefix("http://").split(":")
    head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    caller = socket.create_connection((host, int(port)), timeout=60)
    caller.sendall(f"POST /inference HTTP/1.1\r\n{head}\r\n".encode() + request.read())
    return caller


def test_english_is_heard_exactly_with_what_whisper_knows_of_it(stt: ModelServer) -> None:
    found = hear(stt, read("question_en.wav"), **VERBOSE).json()
    assert found["text"] == " What is the capital of France?\n"
    assert found["language"] == "english"
    assert found["duration"] == pytest.approx(3.15, abs=0.01)
    segment = found["segments"][0]
    assert -0.5 < segment["avg_logprob"] < 0
    assert 0 <= segment["no_speech_prob"] <= 1


def test_japanese_is_recognised_and_heard_exactly(stt: ModelServer) -> None:
    found = hear(stt, read("question_ja.wav"), language="auto", **VERBOSE).json()
    assert found["text"] == "日本で一番高い山は何ですか\n"
    assert found["language"] == "japanese"
    assert "".join(word["word"] for word in found["segments"][0]["words"]) == "日本で一番高い山は何ですか"


@pytest.mark.parametrize(
    ("text", "language"), [("Stop, please stop. I have another question.", "en"), ("今日の天気はどうですか", "ja")]
)
def test_it_hears_what_our_own_voices_say(stt: ModelServer, tts: ModelServer, text: str, language: str) -> None:
    sound = tts.http.post("/v1/tts", json={"text": text, "seed": 1}).content
    assert hear(stt, sound, language=language, no_timestamps="true").json()["text"].strip().rstrip("?") == text


def test_only_the_language_can_be_asked_for(stt: ModelServer) -> None:
    found = hear(stt, read("question_ja.wav"), detect_language="true", response_format="verbose_json").json()
    assert found["text"] == ""
    assert found["segments"] == []
    assert found["detected_language"] == "japanese"
    assert found["language_probabilities"]["ja"] == found["detected_language_probability"] > 0.5


def test_noise_is_less_like_speech_than_speech_is(stt: ModelServer) -> None:
    hum = io.BytesIO()
    noise = np.random.default_rng(1).normal(0, 0.2, 48_000)
    soundfile.write(hum, noise, 16_000, format="WAV")
    found = hear(stt, hum.getvalue(), **VERBOSE).json()["segments"]
    speech = hear(stt, read("question_en.wav"), **VERBOSE).json()["segments"]
    assert found[0]["no_speech_prob"] > speech[0]["no_speech_prob"]


def test_timestamps_lie_within_the_recording(stt: ModelServer) -> None:
    found = hear(stt, read("interrupt_en.wav"), response_format="vtt").text
    assert found.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:0")


def test_less_than_a_tenth_of_a_second_is_no_text(stt: ModelServer) -> None:
    blip = io.BytesIO()
    soundfile.write(blip, np.full(800, 0.1), 16_000, format="WAV")
    assert hear(stt, blip.getvalue()).json() == {"text": ""}


@pytest.mark.parametrize("fields", [{"vad": "true"}, {"audio_ctx": "99999"}])
def test_what_whisper_cannot_do_is_its_failure(stt: ModelServer, fields: dict[str, str]) -> None:
    answer = stt.http.post("/inference", files={"file": read("question_en.wav")}, data=fields)
    assert (answer.status_code, answer.json()) == (500, {"error": "failed to process audio"})


def test_callers_who_leave_are_aborted_or_never_served(stt: ModelServer) -> None:
    begun = stt.log.count("a job begins")
    first = open_request(stt, read("question_en.wav"))
    stt.wait_for_log("a job begins", begun + 1)
    second = open_request(stt, read("question_en.wav"))
    second.close()
    stt.wait_for_log("a caller left the line: its job is never started")
    first.close()
    stt.wait_for_log("a caller left: its job is told to stop")
    stt.wait_for_log("inference aborted after")
    assert "What is" in hear(stt, read("question_en.wav")).text
    assert stt.log.count("inference aborted after") == 1


def test_the_log_holds_nothing_of_what_was_heard_or_hinted(stt: ModelServer) -> None:
    hear(stt, read("question_en.wav"), prompt="Zanzibar")
    assert "capital" not in stt.log
    assert "Zanzibar" not in stt.log

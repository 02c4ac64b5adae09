"""Spoken turns through the real models, judged by transcribing the reply; and what happens when one of them dies."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.running_stack import Stack
from tests.e2e.speaker import Speaker, hear

pytestmark = [pytest.mark.models, pytest.mark.timeout(240)]
DATA = Path(__file__).parents[1] / "data"
RESTART_S = 60
FUJI = ("富士", "ふじ", "フジ", "藤さん")  # ふじさん, in what the recogniser may make of its sound


def ready(stack: Stack) -> dict[str, Any]:
    body: dict[str, Any] = httpx.get(f"{stack.address}/ready", timeout=10).json()
    return body


def test_four_real_providers_are_ready(stack: Stack) -> None:
    body = ready(stack)
    assert body["status"] == "ok"
    assert body["warnings"] == []
    for name in ("llm", "stt", "tts", "embedding"):
        provider = body["providers"][name]
        assert (provider["state"], provider["is_mock"], provider["serving"]) == ("ready", False, "primary")


@pytest.mark.parametrize(
    ("recording", "language", "words"),
    [("question_en.wav", "en", ("Paris",)), ("question_ja.wav", "ja", FUJI)],
)
def test_a_spoken_question_is_answered_aloud(
    stack: Stack, recording: str, language: str, words: tuple[str, ...]
) -> None:
    with Speaker(stack.address) as speaker:
        speaker.speak(DATA / recording)
        done = speaker.get("response.done", within_s=120)
        reply = speaker.reply(done["response"]["id"])
    assert done["response"]["status"] == "completed"
    heard = hear(ready(stack)["providers"]["stt"]["endpoint"], reply, language)
    assert any(word in heard for word in words), heard


def test_the_answer_stops_when_somebody_talks_over_it(stack: Stack) -> None:
    with Speaker(stack.address) as speaker:
        speaker.ask("Count from one to forty in words, all of them.")
        speaker.get("response.output_audio.delta", within_s=120)
        speaker.speak(DATA / "interrupt_en.wav")
        done = speaker.get("response.done")["response"]
        assert done["status"] == "cancelled", done
        assert done["status_details"]["reason"] == "turn_detected"
        assert speaker.get("response.done", 2, within_s=120)["response"]["status"] == "completed"


def test_a_voice_that_dies_is_told_restarted_and_spoken_with_again(stack: Stack) -> None:
    with Speaker(stack.address) as speaker:
        os.kill(ready(stack)["services"]["tts"]["pid"], signal.SIGKILL)
        speaker.ask("What is two plus two?")
        apology = speaker.get("response.done", within_s=120)["response"]
        assert apology["status"] == "failed"
        assert len(speaker.reply(apology["id"])) > 20_000  # said in words all the same
        warnings = ready(stack)["warnings"]
        assert any("tts" in warning for warning in warnings), warnings
        await_voice(stack)
        assert ready(stack)["services"]["tts"]["restarts"] == 1
        speaker.ask("What is two plus two?")
        assert speaker.get("response.done", 2, within_s=120)["response"]["status"] == "completed"


def await_voice(stack: Stack) -> None:
    deadline = time.monotonic() + RESTART_S
    while (state := ready(stack)["providers"]["tts"]["state"]) != "ready":
        assert time.monotonic() < deadline, f"still {state}: {ready(stack)['warnings']}"
        time.sleep(0.2)

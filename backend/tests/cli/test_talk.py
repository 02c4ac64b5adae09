import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.cli import talk
from app.errors import ProviderUnavailable
from tests.web.serving import FakeProviders, make_backend, running

LOUD_MS, SILENT_MS = 640, 200


@pytest.fixture
def question(tmp_path: Path) -> Path:
    """What the fake detector takes for a voice, at a rate that is not the wire's."""
    tone = 8000 * np.sin(2 * np.pi * 200 * np.arange(16 * LOUD_MS) / 16_000)
    file = tmp_path / "question.wav"
    soundfile.write(file, np.concatenate([tone, np.zeros(16 * SILENT_MS)]).astype(np.int16), 16_000)
    return file


async def test_it_asks_and_saves_what_is_answered(question: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = talk.Talk(talk.read_recording(question))
    save = question.with_name("reply.wav")
    async with running(make_backend()) as host:
        await talk._run(recording, f"ws://{host}/v1/realtime", "any key", save)

    reply, rate = soundfile.read(save, dtype="int16")
    assert rate == 24_000
    assert reply.size > rate
    assert np.abs(reply).max() > 1000
    printed = capsys.readouterr().out
    assert "conversation.item.input_audio_transcription.completed  A fake heard" in printed
    assert "response.done" in printed
    times = recording.times()
    assert 0.4 < times["end of turn seen"] <= times["final transcript"] <= times["first sound"] < times["done"]


async def test_an_answer_that_fails_is_a_failure(question: Path) -> None:
    providers = FakeProviders()
    providers.stt.errors.extend(ProviderUnavailable("stt", "connection refused") for _ in range(20))
    async with running(make_backend(providers)) as host:
        with pytest.raises(talk.FailedError):
            await talk._run(
                talk.Talk(talk.read_recording(question)), f"ws://{host}/v1/realtime", None, question.with_name("r.wav")
            )


@pytest.mark.parametrize("url", ["ws://127.0.0.1:9/v1/realtime", "not an address"])
def test_nobody_there_is_one_sentence(
    question: Path, url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["talk", str(question), "--url", url])
    assert talk.main() == 1
    said = capsys.readouterr().err
    assert said.startswith(f"Failed: {url} cannot be talked to")
    assert len(said.splitlines()) == 1


def test_no_recording_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["talk", str(tmp_path / "none.wav")])
    assert talk.main() == 1
    assert "none.wav cannot be read" in capsys.readouterr().err


def test_a_question_with_a_pause_is_answered_after_its_second_half() -> None:
    recording = talk.Talk(np.zeros(10, np.int16))
    recording._note({"type": talk.SOUND, "delta": "AAAA"})
    assert not recording._is_answered({"status": "cancelled"})
    assert not recording.reply
    recording._note({"type": talk.SOUND, "delta": "AAAA"})
    assert recording._is_answered({"status": "completed"})

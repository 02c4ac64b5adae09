"""What only the engine itself shows: how often it asks whether to stop, and what an unknown release lacks."""

from threading import Event

import pytest

from app.local.stt import libwhisper
from app.local.stt.fields import Options
from app.local.stt.recording import decode
from app.local.stt.whisper import Whisper
from tests.local.model_server import SPEECH, STT_MODEL

pytestmark = pytest.mark.models

QUICK = Options(params={"temperature_inc": 0.0, "no_timestamps": True})


class CountingEvent(Event):
    """Counts how often it was looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0

    def is_set(self) -> bool:
        self.looks += 1
        return super().is_set()


def test_it_looks_before_each_operation_whether_the_caller_has_gone() -> None:
    gone = CountingEvent()
    heard = Whisper(STT_MODEL, 2).transcribe(decode((SPEECH / "question_en.wav").read_bytes()), QUICK, gone)
    assert heard.text == " What is the capital of France?\n"
    assert gone.looks > 500


def test_an_unknown_release_leaves_out_what_needs_its_structures(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(libwhisper, "CHECKED_RELEASE", "another")
    gone = CountingEvent()
    heard = Whisper(STT_MODEL, 2).transcribe(decode((SPEECH / "question_en.wav").read_bytes()), QUICK, gone)
    assert heard.segments[0].no_speech_prob is None
    assert heard.segments[0].avg_logprob is not None
    assert gone.looks < 100
    assert len(caplog.records) == 2

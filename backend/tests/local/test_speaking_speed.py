"""Real words at other speeds are still words."""

import io

import numpy as np
import pytest
import soundfile

from app.session.tempo import Tempo
from tests.local.model_server import ModelServer

pytestmark = pytest.mark.models


@pytest.mark.parametrize("speed", [0.8, 1.4])
def test_slower_and_faster_words_are_understood(stt: ModelServer, tts: ModelServer, speed: float) -> None:
    text = "Stop, please stop. I have another question."
    said = tts.http.post("/v1/tts", json={"text": text, "seed": 1}).content
    samples, rate = soundfile.read(io.BytesIO(said), dtype="int16")
    tempo, stretched = Tempo(rate, speed), io.BytesIO()
    soundfile.write(stretched, np.concatenate((tempo.push(samples), tempo.flush())), rate, format="WAV")
    answer = stt.http.post(
        "/inference",
        files={"file": stretched.getvalue()},
        data={"language": "en", "no_timestamps": "true", "temperature_inc": "0"},
    )
    assert answer.json()["text"].strip() == text

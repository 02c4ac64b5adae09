from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest
import soundfile

from app.core.audio import Resampler
from app.providers.vad import SileroDetector, load_silero

DATA = Path(__file__).parents[1] / "data"
SOUND = np.random.default_rng(7).integers(-9000, 9000, (30, 512)).astype(np.int16)


def by_the_book(model: onnxruntime.InferenceSession) -> list[float]:
    """Run the model as its authors do: new arrays for every frame."""
    state, context = np.zeros((2, 1, 128), np.float32), np.zeros(64, np.float32)
    answers = []
    for frame in SOUND:
        sound = np.concatenate((context, frame.astype(np.float32) / 32_768))[None]
        answer, state = model.run(None, {"input": sound, "state": state, "sr": np.array(16_000)})
        context = sound[0, -64:]
        answers.append(float(answer[0, 0]))
    return answers


class CountedModel:
    """The model, counting how often it is run."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.runs = 0

    def run_with_iobinding(self, binding: Any) -> None:
        self.runs += 1
        self._model.run_with_iobinding(binding)


@pytest.fixture(scope="module")
def detector() -> SileroDetector:
    return load_silero()()


def test_bound_arrays_give_what_the_model_gives(detector: SileroDetector) -> None:
    detector.reset()
    assert [detector.probability(frame) for frame in SOUND] == pytest.approx(by_the_book(detector._model), abs=1e-6)


def test_sessions_share_the_model_but_not_their_states() -> None:
    new = load_silero()
    alone, one, other = new(), new(), new()
    assert one._model is other._model
    expected = [alone.probability(frame) for frame in SOUND]
    got = []
    for frame in SOUND:
        got.append(one.probability(frame))
        other.probability(frame[::-1])
    assert got == expected


def test_a_frame_of_another_length_is_a_mistake(detector: SileroDetector) -> None:
    with pytest.raises(ValueError, match="operands"):
        detector.probability(np.zeros(480, np.int16))


def speech() -> npt.NDArray[np.int16]:
    samples, rate = soundfile.read(DATA / "question_en.wav", dtype="int16")
    sound = Resampler(rate, 16_000).push(np.asarray(samples, np.int16))
    return sound[: sound.size // 512 * 512].reshape(-1, 512)


def test_after_a_second_of_silence_the_model_rests_until_there_is_sound(
    detector: SileroDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = CountedModel(detector._model)
    monkeypatch.setattr(detector, "_model", model)
    detector.reset()
    silence = np.zeros((200, 512), np.int16)
    assert all(detector.probability(frame) < 0.1 for frame in silence)
    assert model.runs == 32
    for frame in speech():
        detector.probability(frame)
    assert model.runs > 32 + 40


def test_rest_does_not_change_what_is_heard_after_it() -> None:
    rested, awake = load_silero()(), load_silero()()
    quiet = np.full((94, 512), 3, np.int16)  # three seconds of a silenced microphone
    louder = quiet * 6  # just too loud to rest
    for one, other in zip(quiet, louder, strict=True):
        rested.probability(one)
        awake.probability(other)
    after = [(rested.probability(frame), awake.probability(frame)) for frame in speech()]
    assert all((one >= 0.5) == (other >= 0.5) for one, other in after)


def test_the_model_keeps_to_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[onnxruntime.SessionOptions] = []
    real = onnxruntime.InferenceSession

    def spy(path: str, options: onnxruntime.SessionOptions, **rest: object) -> object:
        seen.append(options)
        return real(path, options, **rest)

    monkeypatch.setattr(onnxruntime, "InferenceSession", spy)
    load_silero()
    assert (seen[0].intra_op_num_threads, seen[0].inter_op_num_threads) == (1, 1)
    assert seen[0].get_session_config_entry("session.intra_op.allow_spinning") == "0"

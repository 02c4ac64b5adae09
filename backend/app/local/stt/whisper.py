"""whisper.cpp in process: samples in, a transcript out, one at a time. It knows nothing of HTTP."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import _pywhispercpp as binding
import numpy as np

from app.local.resampling import Samples
from app.local.stt.fields import Options
from app.local.stt.libwhisper import QuickAbort, SpeechProbabilities, holds_model, name_language
from app.local.stt.recording import RATE

log = logging.getLogger("kaiwa.local.stt")

MAGIC = b"lmgg"  # how a ggml file begins
LIKELY = 0.001  # less probable languages are not listed


class ModelError(Exception):
    """The file is not a whisper model."""


class ProcessingError(Exception):
    """whisper.cpp would not or could not transcribe."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text with its times in seconds and its probability."""

    number: int
    text: str
    start: float
    end: float
    dtw: int  # -1: not asked for
    probability: float


@dataclass(frozen=True, slots=True)
class Segment:
    """A line of the transcript; a value that cannot be had is None."""

    text: str
    start: float
    end: float
    tokens: tuple[Token, ...]
    avg_logprob: float | None
    no_speech_prob: float | None


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard; `languages` maps codes to probabilities where they were asked for."""

    duration: float
    language: str
    segments: tuple[Segment, ...]
    detected: str | None = None
    languages: dict[str, float] | None = None

    @property
    def text(self) -> str:
        """All segments, each on its line."""
        return "".join(f"{segment.text}\n" for segment in self.segments)


class Whisper:
    """A model in memory. Use it from one thread at a time."""

    def __init__(self, path: Path, threads: int) -> None:
        self._threads = threads
        self._gone = Event()
        options = binding.whisper_context_default_params()
        options.use_gpu = False
        _check_kind(path)
        self._abort = QuickAbort(self._is_gone)
        with self._abort:
            self._context = binding.whisper_init_from_file_with_params(str(path), options)
        if self._context is None or not holds_model(self._context):
            raise ModelError(f"{path} is not a model that whisper.cpp can read")
        if not self._abort.is_set:
            log.warning("a request is aborted only after its encoder pass: this release of pywhispercpp is not known")
        self._probabilities = SpeechProbabilities(self._context)
        self._end_of_text: int = binding.whisper_token_eot(self._context)
        self._is_multilingual = bool(binding.whisper_is_multilingual(self._context))

    def knows(self, language: str) -> bool:
        """Say whether `language` is `auto` or a code that whisper has."""
        return language == "auto" or binding.whisper_lang_id(language) >= 0

    def transcribe(self, samples: Samples, options: Options, gone: Event) -> Transcript:
        """Transcribe 16 kHz mono `samples`; once `gone` is set it ends within an operation, with `ProcessingError`."""
        self._gone = gone
        begun = time.monotonic()
        code = binding.whisper_full(self._context, self._params(options, gone.is_set), samples, samples.size)
        if gone.is_set():
            log.info("inference aborted after %.2f s", time.monotonic() - begun)
        if code:
            raise ProcessingError
        count = binding.whisper_full_n_segments(self._context)
        language = binding.whisper_full_lang_id(self._context)
        detected, languages = self._detect() if self._lists_languages(options) else (None, None)
        return Transcript(
            duration=samples.size / RATE,
            language=name_language(language),
            segments=tuple(self._read_segment(number) for number in range(count)),
            detected=detected,
            languages=languages,
        )

    def _is_gone(self) -> bool:
        return self._gone.is_set()

    def _lists_languages(self, options: Options) -> bool:
        return options.response_format == "verbose_json" and options.language_probabilities and self._is_multilingual

    def _params(self, options: Options, is_gone: Callable[[], bool]) -> Any:
        by_beam = options.beam_size > 1
        strategies = binding.whisper_sampling_strategy
        params = binding.whisper_full_default_params(
            strategies.WHISPER_SAMPLING_BEAM_SEARCH if by_beam else strategies.WHISPER_SAMPLING_GREEDY
        )
        params.n_threads = self._threads
        params.no_context = True
        params.print_progress = params.print_timestamps = params.print_realtime = False
        params.language = options.language if self._is_multilingual else "en"
        if by_beam:
            params.beam_search = {"beam_size": options.beam_size, "patience": -1.0}
        else:
            params.greedy = {"best_of": options.best_of}
        for name, value in options.params.items():
            if self._is_multilingual or name not in ("translate", "detect_language"):
                setattr(params, name, value)
        binding.assign_abort_callback(params, is_gone)
        return params

    def _detect(self) -> tuple[str, dict[str, float]]:
        """Return the most likely language of what was last transcribed, and all that are likely."""
        found = np.zeros(binding.whisper_lang_max_id() + 1, np.float32)
        best = binding.whisper_lang_auto_detect(self._context, 0, self._threads, found)
        if best < 0:
            raise ProcessingError
        likely = {binding.whisper_lang_str(i): float(p) for i, p in enumerate(found) if p > LIKELY}
        return name_language(best), likely

    def _read_segment(self, number: int) -> Segment:
        context = self._context
        read = [
            binding.whisper_full_get_token_data(context, number, i)
            for i in range(binding.whisper_full_n_tokens(context, number))
        ]
        words = [token for token in read if token.id < self._end_of_text]
        return Segment(
            text=_decode(binding.whisper_full_get_segment_text(context, number)),
            start=binding.whisper_full_get_segment_t0(context, number) / 100,
            end=binding.whisper_full_get_segment_t1(context, number) / 100,
            tokens=tuple(self._read_token(token) for token in words),
            avg_logprob=float(np.mean([token.plog for token in words])) if words else None,
            no_speech_prob=self._probabilities.no_speech(number),
        )

    def _read_token(self, token: Any) -> Token:
        text = _decode(binding.whisper_token_to_bytes(self._context, token.id))
        return Token(token.id, text, token.t0 / 100, token.t1 / 100, token.t_dtw, token.p)


def _check_kind(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise ModelError(f"{path} is not a model that whisper.cpp can read")


def _decode(text: bytes | str) -> str:
    # A token can hold part of a character.
    return text if isinstance(text, str) else text.decode("utf-8", "replace")

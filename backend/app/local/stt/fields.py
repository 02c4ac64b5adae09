"""The form fields of POST /inference, read the way whisper-server reads them.

A truth value is true only as `true`, `1`, `yes` or `y`; a number may have something behind it; an unknown format is
`json`. Two things differ on purpose: text is wrapped only when `max_len` asks for it (as in later releases of
whisper-server), and a language that does not exist is refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FORMATS = ("json", "text", "srt", "vtt", "verbose_json")
_TRUE = ("true", "1", "yes", "y")
_INTEGER = re.compile(r"\s*[+-]?\d{1,9}")
_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")

# What the field is called in whisper's own parameters.
_BOOLS = {
    "translate": "translate",
    "no_timestamps": "no_timestamps",
    "split_on_word": "split_on_word",
    "detect_language": "detect_language",
    "carry_initial_prompt": "carry_initial_prompt",
    "suppress_non_speech": "suppress_nst",
    "suppress_nst": "suppress_nst",
    "vad": "vad",
}
_INTEGERS = {
    "max_len": "max_len",
    "max_context": "n_max_text_ctx",
    "audio_ctx": "audio_ctx",
    "offset_t": "offset_ms",
    "duration": "duration_ms",
}
_NUMBERS = {
    "temperature": "temperature",
    "temperature_inc": "temperature_inc",
    "word_thold": "thold_pt",
    "entropy_thold": "entropy_thold",
    "logprob_thold": "logprob_thold",
    "no_speech_thold": "no_speech_thold",
}


class NotANumberError(Exception):
    """A field that must be a number is none; the text is what the C++ library would call it."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a caller asks for besides the recording."""

    response_format: str = "json"
    language: str = "en"
    beam_size: int = -1
    best_of: int = 2
    offset_n: int = 0
    language_probabilities: bool = True
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def timestamps(self) -> bool:
        """Whether segments carry times."""
        return not self.params.get("no_timestamps", False)


def read_options(fields: Mapping[str, str]) -> Options:
    """Return the options in `fields`; raise `NotANumberError` for a number that is none."""
    asked = fields.get("response_format", "json")
    params: dict[str, Any] = {"token_timestamps": not _is_true(fields.get("no_timestamps", ""))}
    params |= {name: _is_true(fields[key]) for key, name in _BOOLS.items() if key in fields}
    params |= {name: _read_integer(fields[key]) for key, name in _INTEGERS.items() if key in fields}
    params |= {name: _read_number(fields[key]) for key, name in _NUMBERS.items() if key in fields}
    if "token_timestamps" in fields:
        params["token_timestamps"] = _is_true(fields["token_timestamps"])
    if fields.get("prompt"):
        params["initial_prompt"] = fields["prompt"]
    return Options(
        response_format=asked if asked in FORMATS else "json",
        language=fields.get("language", "en"),
        beam_size=_read_integer(fields.get("beam_size", "-1")),
        best_of=_read_integer(fields.get("best_of", "2")),
        offset_n=_read_integer(fields.get("offset_n", "0")),
        language_probabilities=not _is_true(fields.get("no_language_probabilities", "")),
        params=params,
    )


def _is_true(text: str) -> bool:
    return text in _TRUE


def _read_integer(text: str) -> int:
    match = _INTEGER.match(text)
    if match is None:
        raise NotANumberError("stoi")
    return int(match[0])


def _read_number(text: str) -> float:
    match = _NUMBER.match(text)
    if match is None:
        raise NotANumberError("stof")
    return float(match[0])

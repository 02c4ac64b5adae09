"""Client of whisper.cpp's server: one WAV out, one transcript back."""

import math
import struct
from collections.abc import Mapping, Sequence
from secrets import token_hex
from typing import Any

import numpy as np

from app.core.audio import FRAME_RATE, Samples
from app.errors import ProviderGarbled, ProviderRefused
from app.ports import Transcript
from app.providers.http import HttpServer, ProviderLoading
from app.providers.languages import language_code
from app.providers.probe import Said, probe

CANARY = np.zeros(FRAME_RATE, np.int16)  # a second of silence
FIELDS = {
    "response_format": "verbose_json",
    "temperature": "0.0",
    "temperature_inc": "0",  # no second and third try at a higher temperature: they take seconds
    "no_timestamps": "true",  # with them the text is wrapped inside of words
    "no_language_probabilities": "true",  # they cost one more pass of the encoder
    # suppress_nst stays off: without its tag for noise whisper writes a sentence for it
}


class WhisperCpp:
    """Speech to text at an endpoint such as http://stt:6006/inference."""

    provider = "whisper.cpp"

    def __init__(self, server: HttpServer) -> None:
        """Speak to this server; what stands before the last part of its path is its `--request-path`."""
        self.server = server
        self._health = f"{server.origin}{server.path.rpartition('/')[0]}/health"
        self._boundary = token_hex(16)  # drawn at random, so no sound holds it
        self._fixed = "".join(self._field(name, value) for name, value in FIELDS.items())

    async def transcribe(self, audio: Samples, *, language: str | None, prompt: str = "") -> Transcript:
        """Transcribe as `SpeechToText` says."""
        content_type = f"multipart/form-data; boundary={self._boundary}"
        form = self._form(audio, language or "auto", prompt)
        body = await self.server.post(self.server.endpoint, form, content_type, _explain)
        return _read(self.server.decode(body))

    async def probe(self) -> Said:
        """Ask what the server says of itself; 404 is this one's way to say that it is loading."""
        try:
            return await probe(self.server, self._health)
        except ProviderRefused as error:
            raise ProviderLoading("stt", "loading a model") from error

    async def canary(self) -> None:
        """Transcribe a second of silence."""
        await self.transcribe(CANARY, language="en")

    def _form(self, audio: Samples, language: str, prompt: str) -> bytes:
        fields = self._fixed + self._field("language", language)
        if prompt:
            fields += self._field("prompt", prompt)
        disposition = 'form-data; name="file"; filename="speech.wav"'
        fields += f"--{self._boundary}\r\nContent-Disposition: {disposition}\r\nContent-Type: audio/wav\r\n\r\n"
        return b"".join(
            (fields.encode(), _wav_header(audio), audio.tobytes(), f"\r\n--{self._boundary}--\r\n".encode())
        )

    def _field(self, name: str, value: str) -> str:
        return f'--{self._boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'


def _wav_header(audio: Samples) -> bytes:
    size, rate = audio.nbytes, FRAME_RATE
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16, b"data", size
    )


def _explain(_status: int, body: bytes) -> str:
    """Return the first line that says something: bodies are JSON now and then, mostly plain text."""
    lines = body.decode(errors="replace").removeprefix("500 Internal Server Error").split("\n")
    return next((line.strip() for line in lines if line.strip()), "")


def _read(reply: Any) -> Transcript:
    match reply:
        case {"segments": list(segments)} if all(isinstance(segment, dict) for segment in segments):
            # The top-level text has line breaks between segments, also where a word goes on.
            text = "".join(str(segment.get("text", "")) for segment in segments)
        case {"text": str(text)}:
            segments = []
        case _:
            raise ProviderGarbled("stt", "the answer has no text")
    language = reply.get("language")
    return Transcript(
        text=" ".join(text.split()),
        language=language_code(language) if isinstance(language, str) else None,
        avg_logprob=_mean(segments, "avg_logprob"),
        no_speech_prob=_mean(segments, "no_speech_prob"),
    )


def _mean(segments: Sequence[Mapping[str, Any]], name: str) -> float | None:
    """Return the mean weighted by tokens, of the segments that know the value; None if none does."""
    known = [
        (float(value), max(1, len(segment.get("tokens") or ())))
        for segment in segments
        if isinstance(value := segment.get(name), int | float) and math.isfinite(value)
    ]
    weight = sum(tokens for _, tokens in known)
    return sum(value * tokens for value, tokens in known) / weight if weight else None

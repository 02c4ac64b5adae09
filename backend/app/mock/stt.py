"""Mock of whisper-server: `POST /inference` answers with a text about the length of the audio it was given."""

import io
import wave
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from app.mock.behaviour import SttBehaviour
from app.mock.exchange import Exchange
from app.mock.llama import health_route
from app.mock.multipart import read_fields
from app.mock.service import Route, Service

TRUE_WORDS = ("true", "1", "yes", "y")
LANGUAGES = {"en": "english", "ja": "japanese", "de": "german", "fr": "french", "es": "spanish", "zh": "chinese"}
# Fields that are read as numbers, and the C++ function that throws when they are none.
NUMBERS: tuple[tuple[str, Callable[[bytes], float], str], ...] = (
    ("temperature", float, "stof"),
    ("temperature_inc", float, "stof"),
    ("max_len", int, "stoi"),
)
SHORTEST_S = 0.1
WRAP_COLUMNS = 60
CORS = [("access-control-allow-origin", "*"), ("access-control-allow-headers", "content-type, authorization")]


class BadNumberError(ValueError):
    """A number field does not hold a number; whisper-server answers 500 with the C++ function that threw."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was "heard": whisper's segments, each with a space before it, and what it would know about them."""

    segments: tuple[str, ...]
    seconds: float
    language: str
    has_times: bool

    @property
    def text(self) -> str:
        """All segments as whisper-server joins them: a line each."""
        return "".join(f"{segment}\n" for segment in self.segments)

    def spans(self) -> list[tuple[float, float, str]]:
        """Begin, end (seconds) and text of each segment: the time is shared out evenly."""
        step = self.seconds / max(1, len(self.segments))
        return [(n * step, (n + 1) * step, segment) for n, segment in enumerate(self.segments)]


class SttMock(Service[SttBehaviour]):
    """whisper-server, `/inference` and `/health`."""

    name = "stt"

    @override
    def routes(self) -> dict[tuple[str, str], Route]:
        return {("GET", "/health"): health_route(), ("POST", "/inference"): Route(self._answer_inference)}

    @override
    async def answer_error(self, exchange: Exchange, status: int, message: str) -> None:
        """Errors are plain text but for 500."""
        if status == 500:  # noqa: PLR2004 the status itself is the plainest name
            await exchange.reply_json({"error": "failed to process audio"}, status, CORS)
            return
        text = "Invalid request" if status == 400 else message  # noqa: PLR2004 same
        await exchange.reply(text.encode(), "text/plain", status, CORS)

    async def _answer_inference(self, exchange: Exchange) -> None:
        behaviour = self.behaviour
        try:
            fields = read_fields(exchange.headers.get("content-type", ""), exchange.body)
            seconds = seconds_of(fields["file"])
            _check_numbers(fields)
        except BadNumberError as error:
            await exchange.reply(f"500 Internal Server Error\n{error}".encode(), "text/plain", 500, CORS)
            return
        except (ValueError, KeyError, EOFError, wave.Error):
            await self.answer_error(exchange, 400, "")
            return
        await exchange.until(behaviour.delay_ms)
        style = fields.get("response_format", b"json").decode()
        language = fields.get("language", b"en").decode()
        if language == "auto":
            language = behaviour.detected_language
        if style == "verbose_json" and language not in LANGUAGES:
            await self.answer_error(exchange, 500, "")
            return
        heard = hear(fields, seconds, language, behaviour)
        if style == "verbose_json":
            await exchange.reply_json(_verbose(heard, fields, behaviour), headers=CORS)
        elif style in ("text", "srt", "vtt"):
            body, content_type = _as_lines(heard, style)
            await exchange.reply(body.encode(), content_type, headers=CORS)
        else:
            await exchange.reply_json({"text": heard.text}, headers=CORS)


def seconds_of(wav: bytes) -> float:
    """Length of a WAV file. Raises wave.Error, EOFError or ValueError."""
    with wave.open(io.BytesIO(wav), "rb") as file:
        frames, rate = file.getnframes(), file.getframerate()
    if not frames:
        raise ValueError("no audio in it")
    return frames / rate


def hear(fields: dict[str, bytes], seconds: float, language: str, behaviour: SttBehaviour) -> Transcript:
    """Make up the transcript; the text is wrapped inside of words where whisper-server would do it."""
    has_times = not _is_true(fields, "no_timestamps", default=False)
    text = behaviour.text
    if text is None and language == "ja":
        text = f"これは{seconds:.1f}秒の模擬の文字起こしです。"
    elif text is None:
        text = f"This is a mock transcript of {seconds:.1f} seconds."
    if seconds < SHORTEST_S or not text or _is_true(fields, "detect_language", default=False):
        return Transcript((), seconds, language, has_times)
    columns = int(fields.get("max_len", b"0")) or WRAP_COLUMNS
    wraps = has_times and _is_true(fields, "token_timestamps", default=True)
    text = f" {text}"
    pieces = [text[i : i + columns] for i in range(0, len(text), columns)] if wraps else [text]
    return Transcript(tuple(pieces), seconds, language, has_times)


def _verbose(heard: Transcript, fields: dict[str, bytes], behaviour: SttBehaviour) -> dict[str, Any]:
    name = LANGUAGES[heard.language]
    reply: dict[str, Any] = {
        "task": "translate" if _is_true(fields, "translate", default=False) else "transcribe",
        "language": name,
        "duration": heard.seconds,
        "text": heard.text,
        "segments": [_verbose_segment(n, heard, fields, behaviour) for n in range(len(heard.segments))],
    }
    if not _is_true(fields, "no_language_probabilities", default=False):
        reply["detected_language"] = name
        reply["detected_language_probability"] = 0.98
        reply["language_probabilities"] = {heard.language: 0.98}
    return reply


def _verbose_segment(
    number: int, heard: Transcript, fields: dict[str, bytes], behaviour: SttBehaviour
) -> dict[str, Any]:
    begin, end, text = heard.spans()[number]
    word = {"word": text, "probability": 0.9}
    segment: dict[str, Any] = {"id": number, "text": text, "tokens": [number], "words": [word]}
    if heard.has_times:
        segment |= {"start": begin, "end": end}
        word |= {"start": begin, "end": end, "t_dtw": -1}
    segment["temperature"] = float(fields.get("temperature", b"0"))
    if behaviour.avg_logprob is not None:
        segment["avg_logprob"] = behaviour.avg_logprob
    if behaviour.no_speech_prob is not None:
        segment["no_speech_prob"] = behaviour.no_speech_prob
    return segment


def _as_lines(heard: Transcript, style: str) -> tuple[str, str]:
    if style == "text":
        return heard.text, "text/html; charset=utf-8"
    if style == "vtt":
        blocks = [f"{_clock(b, '.')} --> {_clock(e, '.')}\n{text}\n\n" for b, e, text in heard.spans()]
        return "WEBVTT\n\n" + "".join(blocks), "text/vtt"
    spans = enumerate(heard.spans(), start=1)
    return "".join(f"{n}\n{_clock(b, ',')} --> {_clock(e, ',')}\n{text}\n\n" for n, (b, e, text) in spans), (
        "application/x-subrip"
    )


def _clock(seconds: float, point: str) -> str:
    minutes, ms = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{ms // 1000:02}{point}{ms % 1000:03}"


def _is_true(fields: dict[str, bytes], name: str, *, default: bool) -> bool:
    return fields[name].decode() in TRUE_WORDS if name in fields else default


def _check_numbers(fields: dict[str, bytes]) -> None:
    for name, read, thrower in NUMBERS:
        try:
            read(fields.get(name, b"0"))
        except ValueError as error:
            raise BadNumberError(thrower) from error

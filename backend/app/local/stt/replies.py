"""A transcript in the five shapes that whisper-server answers in."""

from typing import Any

from starlette.responses import JSONResponse, Response

from app.local.stt.fields import Options
from app.local.stt.whisper import Segment, Transcript


def reply(transcript: Transcript, options: Options) -> Response:
    """Return the answer in the format asked for."""
    match options.response_format:
        case "text":
            return Response(transcript.text, media_type="text/html; charset=utf-8")
        case "srt":
            return Response(_write_srt(transcript, options.offset_n), headers={"content-type": "application/x-subrip"})
        case "vtt":
            return Response(_write_vtt(transcript), headers={"content-type": "text/vtt"})
        case "verbose_json":
            return JSONResponse(_write_verbose(transcript, options))
        case _:
            return JSONResponse({"text": transcript.text})


def _write_srt(transcript: Transcript, offset: int) -> str:
    return "".join(
        f"{number}\n{_clock(segment.start, ',')} --> {_clock(segment.end, ',')}\n{segment.text}\n\n"
        for number, segment in enumerate(transcript.segments, 1 + offset)
    )


def _write_vtt(transcript: Transcript) -> str:
    return "WEBVTT\n\n" + "".join(
        f"{_clock(segment.start, '.')} --> {_clock(segment.end, '.')}\n{segment.text}\n\n"
        for segment in transcript.segments
    )


def _clock(seconds: float, point: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}{point}{rest % 1000:03}"


def _write_verbose(transcript: Transcript, options: Options) -> dict[str, Any]:
    written: dict[str, Any] = {
        "task": "translate" if options.params.get("translate") else "transcribe",
        "language": transcript.language,
        "duration": transcript.duration,
        "text": transcript.text,
        "segments": [_write_segment(i, segment, options) for i, segment in enumerate(transcript.segments)],
    }
    if transcript.languages is not None:
        written["detected_language"] = transcript.detected
        written["detected_language_probability"] = max(transcript.languages.values(), default=0.0)
        written["language_probabilities"] = transcript.languages
    return written


def _write_segment(number: int, segment: Segment, options: Options) -> dict[str, Any]:
    written: dict[str, Any] = {
        "id": number,
        "text": segment.text,
        "temperature": options.params.get("temperature", 0.0),
    }
    if options.timestamps:
        written |= {"start": segment.start, "end": segment.end}
    if segment.tokens:
        written["tokens"] = [token.number for token in segment.tokens]
        written["words"] = [
            {"word": token.text, "probability": token.probability}
            | ({"start": token.start, "end": token.end, "t_dtw": token.dtw} if options.timestamps else {})
            for token in segment.tokens
        ]
    # A value that is not there is left out: 0 would be read as a certainty.
    known = {"avg_logprob": segment.avg_logprob, "no_speech_prob": segment.no_speech_prob}
    return written | {name: value for name, value in known.items() if value is not None}

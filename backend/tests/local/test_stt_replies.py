import json
from typing import Any

import pytest

from app.local.stt.fields import Options
from app.local.stt.replies import reply
from app.local.stt.whisper import Segment, Token, Transcript

TOKEN = Token(number=7, text=" Hello", start=0.1, end=0.5, dtw=-1, probability=0.9)
SEGMENTS = (
    Segment(" Hello.", 0.0, 1.5, (TOKEN,), avg_logprob=-0.2, no_speech_prob=0.01),
    Segment(" Bye.", 3661.25, 3662.0, (), avg_logprob=None, no_speech_prob=None),
)
TRANSCRIPT = Transcript(duration=4.0, language="english", segments=SEGMENTS)


def write(form: str, transcript: Transcript = TRANSCRIPT, **options: Any) -> tuple[str, str]:
    answer = reply(transcript, Options(response_format=form, **options))
    return bytes(answer.body).decode(), answer.headers["content-type"]


@pytest.mark.parametrize(
    ("form", "body", "kind"),
    [
        ("json", '{"text":" Hello.\\n Bye.\\n"}', "application/json"),
        ("text", " Hello.\n Bye.\n", "text/html; charset=utf-8"),
        (
            "srt",
            "1\n00:00:00,000 --> 00:00:01,500\n Hello.\n\n2\n01:01:01,250 --> 01:01:02,000\n Bye.\n\n",
            "application/x-subrip",
        ),
        (
            "vtt",
            "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\n Hello.\n\n01:01:01.250 --> 01:01:02.000\n Bye.\n\n",
            "text/vtt",
        ),
    ],
)
def test_each_format_has_its_body_and_type(form: str, body: str, kind: str) -> None:
    assert write(form) == (body, kind)


def test_subtitles_can_be_numbered_from_elsewhere() -> None:
    assert write("srt", offset_n=10)[0].startswith("11\n")


def test_verbose_leaves_out_what_is_not_known() -> None:
    found = json.loads(write("verbose_json")[0])
    first, second = found["segments"]
    assert first["avg_logprob"] == -0.2
    assert first["no_speech_prob"] == 0.01
    assert first["words"] == [{"word": " Hello", "probability": 0.9, "start": 0.1, "end": 0.5, "t_dtw": -1}]
    assert not {"avg_logprob", "no_speech_prob", "tokens", "words"} & set(second)
    assert "detected_language" not in found


def test_verbose_without_timestamps_has_no_times() -> None:
    segment = json.loads(write("verbose_json", params={"no_timestamps": True})[0])["segments"][0]
    assert not {"start", "end"} & set(segment)
    assert segment["words"] == [{"word": " Hello", "probability": 0.9}]


def test_verbose_tells_the_languages_when_they_were_looked_for() -> None:
    heard = Transcript(1.0, "japanese", (), detected="japanese", languages={"ja": 0.75, "en": 0.25})
    found = json.loads(write("verbose_json", heard)[0])
    assert found["detected_language"] == "japanese"
    assert found["detected_language_probability"] == 0.75
    assert found["language_probabilities"] == {"ja": 0.75, "en": 0.25}

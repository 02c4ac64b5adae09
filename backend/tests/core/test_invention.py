from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.invention import MIN_VOICED_MS, Evidence, invented, without_tags

CLEAR = Evidence(text="", language=None, voiced_ms=2000, energy_dbfs=-25.0, no_speech_prob=0.05, avg_logprob=-0.3)
NOTHING_KNOWN = replace(CLEAR, energy_dbfs=None, no_speech_prob=None, avg_logprob=None)


@pytest.mark.parametrize(
    "text",
    [
        "[BLANK_AUDIO]",
        "(laughs)",
        "（音楽）",
        "【拍手】",
        "*laughs*",
        "<noise>",
        "♪",
        "♪ la la la ♪",
        "♪ la la la",
        "[Music] (applause).",
    ],
)
def test_remarks_on_sounds_are_dropped(text: str) -> None:
    expected = "empty" if text == "♪" else "tag"
    assert invented(replace(CLEAR, text=text)) == expected


def test_remark_beside_speech_is_kept_and_can_be_removed() -> None:
    text = "[Music] What is the  capital? (coughs)"
    assert invented(replace(CLEAR, text=text)) is None
    assert without_tags(text) == "What is the capital?"


@pytest.mark.parametrize("text", ["", " ", "...", "。", "__"])
def test_no_words_are_empty(text: str) -> None:
    assert invented(replace(CLEAR, text=text)) == "empty"


@pytest.mark.parametrize(
    ("voiced_ms", "reason"), [(0, "no_voice"), (MIN_VOICED_MS - 1, "no_voice"), (MIN_VOICED_MS, None)]
)
def test_some_voice_is_required(voiced_ms: int, reason: str | None) -> None:
    assert invented(replace(CLEAR, text="yes", voiced_ms=voiced_ms)) == reason


@pytest.mark.parametrize("text", ["yes", "No.", "stop", "はい", "うん", "いいえ", "止めて", "そう", "okay", "yeah"])
def test_short_answers_are_kept(text: str) -> None:
    assert invented(replace(CLEAR, text=text, voiced_ms=200)) is None
    assert invented(replace(NOTHING_KNOWN, text=text, voiced_ms=200)) is None


@pytest.mark.parametrize(
    ("text", "voiced_ms"),
    [
        ("What is the capital of France?", 1200),
        ("日本で一番高い山は何ですか", 1500),
        ("明日の朝、七時に起こしてください", 1800),
        ("no, no, no, no", 1200),
        ("はいはいはい", 900),
        ("How do I subscribe to a newspaper?", 1500),
        ("字幕をつけるにはどうすればいいですか", 1200 * 2),
    ],
)
def test_real_utterances_are_kept(text: str, voiced_ms: int) -> None:
    assert invented(replace(CLEAR, text=text, voiced_ms=voiced_ms)) is None


def test_near_silence_is_dropped() -> None:
    assert invented(replace(CLEAR, text="What is that?", energy_dbfs=-61.0)) == "quiet"


@pytest.mark.parametrize(
    "text",
    [
        "ああああああああああああ",
        "thank you thank you thank you thank you thank you thank you",
        "はははははははははははは",
        "so I so I so I so I so I so I said",
    ],
)
def test_loops_are_dropped(text: str) -> None:
    assert invented(replace(CLEAR, text=text, voiced_ms=9000)) == "repeated"


def test_small_loop_in_a_long_text_is_kept() -> None:
    text = "He laughed hahahahahaha and then he told us the whole story from the beginning"
    assert invented(replace(CLEAR, text=text, voiced_ms=5000)) is None


@pytest.mark.parametrize("text", ["I would like to thank everybody.", "お会いできてとても嬉しいです"])
def test_more_words_than_fit_in_the_voice_are_dropped(text: str) -> None:
    assert invented(replace(CLEAR, text=text, voiced_ms=300)) == "too_fast"


@pytest.mark.parametrize(
    ("no_speech_prob", "avg_logprob", "reason"),
    [(0.7, -1.1, "improbable"), (0.7, -0.9, None), (0.5, -1.1, None), (None, -1.1, None), (0.7, None, None)],
)
def test_whispers_own_rule_needs_both_figures(
    no_speech_prob: float | None, avg_logprob: float | None, reason: str | None
) -> None:
    e = replace(CLEAR, text="It was a dark night", no_speech_prob=no_speech_prob, avg_logprob=avg_logprob)
    assert invented(e) == reason


INVENTIONS = [
    ("Thank you.", "en"),
    ("Thank you. Thank you very much.", "en"),
    ("you", "en"),
    ("Bye.", None),
    ("Thanks for watching!", "en"),
    ("Subtitles by the Amara.org community", "en"),
    ("Please subscribe to my channel.", "en"),
    ("ありがとうございました。", "ja"),
    ("ご視聴ありがとうございました", "ja"),
    ("最後までご視聴いただきありがとうございました。", "ja"),
    ("チャンネル登録をお願いいたします", "ja"),
    ("次回もお楽しみに", None),
]


@pytest.mark.parametrize(("text", "language"), INVENTIONS)
@pytest.mark.parametrize(
    "weak",
    [
        replace(CLEAR, energy_dbfs=-50.0),
        replace(CLEAR, no_speech_prob=0.55),
        replace(CLEAR, avg_logprob=-0.8),
    ],
)
def test_known_inventions_are_dropped_when_poorly_supported(text: str, language: str | None, weak: Evidence) -> None:
    assert invented(replace(weak, text=text, language=language)) == "phrase"


@pytest.mark.parametrize(("text", "language"), INVENTIONS)
def test_the_same_words_are_kept_when_clearly_said(text: str, language: str | None) -> None:
    assert invented(replace(CLEAR, text=text, language=language, voiced_ms=2500)) is None


@pytest.mark.parametrize(("text", "voiced_ms", "reason"), [("Bye.", 200, "phrase"), ("Bye.", 300, None)])
def test_polite_words_need_a_little_voice(text: str, voiced_ms: int, reason: str | None) -> None:
    assert invented(replace(NOTHING_KNOWN, text=text, voiced_ms=voiced_ms)) == reason


def test_end_of_a_film_needs_much_voice() -> None:
    assert invented(replace(NOTHING_KNOWN, text="Thanks for watching!", voiced_ms=900)) == "phrase"


def test_phrases_are_those_of_the_language() -> None:
    weak = replace(CLEAR, avg_logprob=-0.9)
    assert invented(replace(weak, text="you", language="ja")) is None
    assert invented(replace(weak, text="you", language="fr")) == "phrase"


FIGURE = st.none() | st.floats(-100, 1)


@given(st.text(), st.integers(0, 9000), FIGURE, FIGURE, FIGURE)
def test_unknown_figures_never_drop_what_known_ones_keep(
    text: str, voiced_ms: int, energy: float | None, no_speech: float | None, logprob: float | None
) -> None:
    e = Evidence(text, None, voiced_ms, energy, no_speech, logprob)
    unknown = replace(e, energy_dbfs=None, no_speech_prob=None, avg_logprob=None)
    if invented(e) is None:
        assert invented(unknown) is None


@given(st.sampled_from(["あ", "ha ", "thank you. ", "うん、"]), st.integers(12, 200))
def test_loops_of_any_length_are_dropped(unit: str, times: int) -> None:
    assert invented(replace(CLEAR, text=unit * times, voiced_ms=30_000)) == "repeated"

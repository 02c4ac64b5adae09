import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.language import LanguageChoice, language_code, script_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What is the capital of France?", "en"),
        ("日本で一番高い山は何ですか", "ja"),
        ("はい", "ja"),
        ("東京", "ja"),
        ("ﾃｽﾄ", "ja"),
        ("Dockerの使い方", "ja"),
        ("the word 寿司 in English", "en"),
        ("café", "en"),
        ("", None),
        ("42 !? 。", None),
        ("・", None),
    ],
)
def test_script_tells_the_language(text: str, language: str | None) -> None:
    assert script_language(text) == language


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("japanese", "ja"),
        ("English", "en"),
        ("en", "en"),
        ("en-US", "en"),
        ("ja_JP", "ja"),
        ("haitian creole", "ht"),
        ("cantonese", "yue"),
        (" JA ", "ja"),
        ("klingon", None),
        ("", None),
        (None, None),
    ],
)
def test_names_codes_and_tags_become_codes(name: str | None, code: str | None) -> None:
    assert language_code(name) == code


def test_configured_language_never_changes() -> None:
    choice = LanguageChoice("ja")
    choice.observe("english", -3.0)
    assert choice.current == "ja"
    assert not choice.should_detect()


def test_unknown_configured_language_is_refused() -> None:
    with pytest.raises(ValueError, match="klingon"):
        LanguageChoice("klingon")


@pytest.mark.parametrize("configured", [None, "auto", "", "AUTO"])
def test_first_utterance_decides(configured: str | None) -> None:
    choice = LanguageChoice(configured)
    assert (choice.should_detect(), choice.current) == (True, None)
    choice.observe("japanese", -0.3)
    assert choice.current == "ja"
    assert not choice.should_detect()


def test_echo_of_the_requested_language_changes_nothing() -> None:
    choice = LanguageChoice()
    choice.observe("ja", -0.3)
    choice.observe("english", -0.3)
    assert choice.current == "ja"


def test_fallen_logprob_asks_again_and_a_good_detection_replaces() -> None:
    choice = LanguageChoice()
    choice.observe("ja", -0.3)
    choice.observe("ja", -1.4)
    assert choice.current == "ja"
    assert choice.should_detect()
    choice.observe("nynorsk", -1.6)
    assert choice.current == "ja"
    assert choice.should_detect()
    choice.observe("english", -0.2)
    assert choice.current == "en"
    assert not choice.should_detect()


def test_nothing_detected_keeps_asking() -> None:
    choice = LanguageChoice()
    choice.observe(None, None)
    assert choice.should_detect()
    choice.observe("klingon", -0.1)
    assert choice.should_detect()


def test_missing_logprob_is_no_fall() -> None:
    choice = LanguageChoice()
    choice.observe("en", None)
    assert not choice.should_detect()


@given(st.lists(st.tuples(st.sampled_from(["en", "ja", "japanese", "xx", None]), st.none() | st.floats(-3, 0))))
def test_once_known_a_language_is_never_forgotten(reports: list[tuple[str | None, float | None]]) -> None:
    choice = LanguageChoice()
    known = False
    for detected, logprob in reports:
        choice.observe(detected, logprob)
        known = known or detected in ("en", "ja", "japanese")
        assert (choice.current is not None) == known

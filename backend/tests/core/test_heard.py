import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.heard import heard_of, heard_text


@pytest.mark.parametrize(
    ("text", "share", "heard"),
    [
        ("one two three four", 0.0, ""),
        ("one two three four", 0.19, ""),
        ("one two three four", 0.2, "one"),
        ("one two three four", 0.5, "one two"),
        ("one two three four", 0.99, "one two three"),
        ("one two three four", 1.0, "one two three four"),
        ("Yes, of course.", 0.5, "Yes, of"),
        ("It's well-known.", 0.5, "It's"),
        ("あいうえ。", 0.5, "あい"),
        ("きゃきゃ", 0.5, "きゃ"),
        ("富士山、です", 0.75, "富士山、"),
        ("山やま", 0.5, "山"),
        ("12 ab", 0.75, "12"),
        ("!?", 0.9, ""),
        ("!?", 1.0, "!?"),
    ],
)
def test_share_of_the_time_is_a_share_of_the_words(text: str, share: float, heard: str) -> None:
    assert heard_text(text, 1000 * share, 1000) == heard


def test_nothing_played_is_nothing_heard_even_of_no_sound() -> None:
    assert heard_text("code", 0, 0) == ""
    assert heard_of([("code", 0)], 0) == ""


SENTENCES = [("One two.", 1000), (" ```code```", 0), (" Three four.", 1000)]


@pytest.mark.parametrize(
    ("played_ms", "heard"),
    [
        (-5, ""),
        (0, ""),
        (600, "One"),
        (1000, "One two. ```code```"),
        (1600, "One two. ```code``` Three"),
        (2000, "One two. ```code``` Three four."),
        (9000, "One two. ```code``` Three four."),
    ],
)
def test_sentences_are_heard_one_after_another(played_ms: int, heard: str) -> None:
    assert heard_of(SENTENCES, played_ms) == heard


TEXT = st.text(st.sampled_from("ab 1.,'-あゃ漢、。😀"), max_size=30)
MS = st.integers(0, 3000)


@given(TEXT, MS, MS, MS)
def test_heard_is_a_prefix_that_grows_with_time(text: str, total_ms: int, first_ms: int, more_ms: int) -> None:
    first, later = heard_text(text, first_ms, total_ms), heard_text(text, first_ms + more_ms, total_ms)
    assert later.startswith(first)
    assert text.startswith(later)


@given(st.lists(st.tuples(TEXT, MS), max_size=5), MS, MS)
def test_heard_of_sentences_grows_to_the_whole(sentences: list[tuple[str, int]], first_ms: int, more_ms: int) -> None:
    whole = "".join(text for text, _ in sentences)
    first, later = heard_of(sentences, first_ms), heard_of(sentences, first_ms + more_ms)
    assert later.startswith(first)
    assert whole.startswith(later)
    assert heard_of(sentences, sum(audio_ms for _, audio_ms in sentences) + 1) == whole

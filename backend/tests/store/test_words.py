import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.store.words import LONGEST_HEADLINE, fold, headline, title_of
from tests.store.opened import answered, said


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("STRASSE", "straße"),
        ("ＫＡＩＷＡ　１２", "kaiwa 12"),  # noqa: RUF001 - wide letters are the point
        ("ｶﾞｯｺｳ", "ガッコウ"),
        ("ガ", "カ\u3099"),
        ("ﬁne", "FINE"),
        ("㍿", "株式会社"),
    ],
)
def test_case_and_width_do_not_matter(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@given(st.text(st.characters()))
def test_what_is_folded_can_be_stored_and_stays_as_it_is(text: str) -> None:
    folded = fold(text)
    assert "\0" not in folded
    assert folded.encode().decode() == folded == fold(folded)


def test_a_short_text_is_its_own_headline_in_one_line() -> None:
    assert headline("  What\n is\tit? ") == "What is it?"
    assert headline("あ" * LONGEST_HEADLINE) == "あ" * LONGEST_HEADLINE


def test_a_long_text_is_cut_between_words_or_else_between_characters() -> None:
    words = "What is the capital of the country in which the Danube begins its long way?"
    assert headline(words) == "What is the capital of the country in which the Danube…"
    assert headline("東京の天気は" * 20) == "東京の天気は" * 10 + "…"
    assert headline("a " + "b" * 100) == "a " + "b" * 58 + "…"


def test_no_character_is_cut_in_two() -> None:
    family = "👨\u200d👩\u200d👧"
    assert headline("x" * 57 + family + "y") == "x" * 57 + "…"
    assert headline("x" * 59 + "e\u0301" + "y") == "x" * 59 + "…"
    assert headline("e" + "\u0301" * 100) == "e…"


@given(st.text(st.characters()))
def test_a_headline_is_short_and_has_one_line(text: str) -> None:
    made = headline(text)
    assert len(made) <= LONGEST_HEADLINE + 1
    assert len(made.splitlines()) <= 1
    assert bool(made) == bool(text.replace("\0", " ").strip())


def test_the_title_is_what_the_user_said_first_and_not_what_was_answered() -> None:
    assert title_of([said("second", 3), answered("no", 0), said(" ", 1), said("first", 2)]) == "first"
    assert title_of([answered("no", 0)]) == ""

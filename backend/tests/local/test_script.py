from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.local.tts.script import split


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Hello there. How are you?", [("en", "Hello there. How are you?")]),
        ("日本で一番高い山は何ですか", [("ja", "日本で一番高い山は何ですか")]),
        ("東京はTokyo Towerが有名です。", [("ja", "東京は"), ("en", "Tokyo Tower"), ("ja", "が有名です。")]),
        ("Pythonは便利です。", [("ja", "Pythonは便利です。")]),
        ("答えは42です。", [("ja", "答えは42です。")]),
        ("42です。", [("ja", "42です。")]),
        ("The word 寿司 means sushi.", [("en", "The word "), ("ja", "寿司 "), ("en", "means sushi.")]),
        ("Say 寿司 now.", [("en", "Say "), ("ja", "寿司 "), ("en", "now.")]),
        ("答えはこれです。Great! そうですね。", [("ja", "答えはこれです。"), ("en", "Great!"), ("ja", "そうですね。")]),
        ("「はい」と言った。", [("ja", "「はい」と言った。")]),
    ],
)
def test_each_part_goes_to_the_voice_that_can_read_it(text: str, parts: list[tuple[str, str]]) -> None:
    assert [(piece.language, piece.text) for piece in split(text, "en")] == parts


def test_what_has_no_letters_goes_with_what_precedes_or_with_the_default() -> None:
    assert [piece.language for piece in split("2024", "ja")] == ["ja"]
    assert [piece.language for piece in split("はい。 42.", "en")] == ["ja"]


def test_nothing_gives_nothing() -> None:
    assert split(" \n ", "en") == []


@given(st.text(alphabet="ab C1.!? \n。！、日本ごカ", max_size=40))
def test_nothing_is_lost_and_neighbours_differ(text: str) -> None:
    pieces = split(text, "en")
    assert "".join("".join(piece.text for piece in pieces).split()) == "".join(text.split())
    assert all(one.language != other.language for one, other in pairwise(pieces))

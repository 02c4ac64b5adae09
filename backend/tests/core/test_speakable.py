import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.sentences import FENCE, SentenceSplitter
from app.core.speakable import Speakable


def clean(sentence: str, language: str | None = "en") -> str:
    return Speakable(language).clean(sentence)


@pytest.mark.parametrize(
    ("sentence", "spoken"),
    [
        ("It is Paris.", "It is Paris."),
        (" It's 5 o'clock, isn't it?", "It's 5 o'clock, isn't it?"),
        ("**Hello**, _world_! 😀👍🏽 ❤️ 1️⃣", "Hello, world! 1"),
        ("Well… I think -- yes - no...", "Well, I think, yes, no"),
        ("Paris (the capital) [sic] is big.", "Paris, the capital, sic, is big."),
        ("What?! (Really.)", "What?! Really."),
        ('"Quoted," she said, “twice”.', "Quoted, she said, twice."),
        ("½ cup, ② 5㎏ ™ 20℃", "1/2 cup, 2 5 kilograms 20 degrees Celsius"),
        ("- **One**: a & b", "One: a and b"),
        ("Here is a list:", "Here is a list"),
        (".. what?", "what?"),
        ("C# is a language.", "C is a language."),
        ("😀", ""),
        ("---", ""),
        ("...", ""),
        ("", ""),
    ],
)
def test_english_sentence_is_made_speakable(sentence: str, spoken: str) -> None:
    assert clean(sentence) == spoken


@pytest.mark.parametrize(
    ("sentence", "spoken"),
    [
        ("富士山は3,776mです。", "富士山は3776メートルです。"),
        ("「はい。」と答えた。", "「はい。」と答えた。"),
        ("」次です。", "次です。"),
        ("価格は¥1,500（税込）です…😀", "価格は1500円、税込、です"),
        ("・**重要**：確認する！", "重要：確認する！"),
        ("| 名前 | 年 |", "名前、年"),
    ],
)
def test_japanese_sentence_is_made_speakable(sentence: str, spoken: str) -> None:
    assert clean(sentence, "ja") == spoken


def test_script_of_the_sentence_goes_before_the_language_of_the_session() -> None:
    assert clean("降水確率は50%", "en") == "降水確率は50パーセント"
    assert clean("It is 50%", "ja") == "It is 50 percent"
    assert clean("50%", "ja") == "50パーセント"
    assert clean("50%", None) == "50 percent"


def test_code_block_is_silent_and_what_stands_around_it_is_not() -> None:
    assert clean("Look: ```python\nprint('hi')\n``` Done.") == "Look: Done."


def test_code_block_over_several_sentences_is_silent() -> None:
    speakable = Speakable("en")
    spoken = [speakable.clean(part) for part in ("Look: ```python", "print(1).", "x = 2\n``` Done.", "Next.")]
    assert spoken == ["Look", "", "Done.", "Next."]


@given(st.text() | st.text(st.sampled_from("ab1漢あ*_`~#|[]()<>&;.,。、…😀\ufe0f°%$ \n-:/@\\")))
def test_any_text_is_cleaned_of_all_that_is_not_for_the_ear(text: str) -> None:
    spoken = clean(text)
    assert not set("*`#|<>[]()_~\n😀\ufe0f") & set(spoken)
    assert not any(unicodedata.category(char) in ("So", "Cc", "Cf", "Cs") for char in spoken)
    assert spoken == spoken.strip()
    assert not spoken or any(char.isalnum() for char in spoken)


@given(
    st.lists(st.sampled_from(["It", "is", "Paris,", "I", "don't", "know.", "What?", "3.14", "well-known"]), min_size=1)
)
def test_plain_words_stay_as_they_are(words: list[str]) -> None:
    assert clean(" ".join(words)).rstrip(",") == " ".join(words).rstrip(",")


@given(st.lists(st.sampled_from(["secret. ", "secret\n", "secret (", "s = 'secret!'\n"])), st.integers(1, 40))
def test_code_never_reaches_the_voice_however_it_is_streamed(code: list[str], size: int) -> None:
    text = f"Look: {FENCE}py\n{''.join(code)}\n{FENCE}\nDone."
    splitter, speakable = SentenceSplitter(), Speakable("en")
    pieces = [piece for at in range(0, len(text), size) for piece in splitter.feed(text[at : at + size])]
    spoken = " ".join(filter(None, (speakable.clean(piece) for piece in pieces + splitter.flush())))
    assert spoken == "Look Done."

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.sentences import FENCE, SentenceSplitter, width
from app.core.stops import ENDS

MAX_CHARS = 80


def split(*chunks: str, first_clause_chars: int = 40, max_chars: int = MAX_CHARS) -> list[str]:
    splitter = SentenceSplitter(first_clause_chars=first_clause_chars, max_chars=max_chars)
    return [piece for chunk in chunks for piece in splitter.feed(chunk)] + splitter.flush()


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("It is Paris. It is big.", ["It is Paris.", " It is big."]),
        ("Ask Dr. Smith, e.g. at 5 p.m. today. Yes.", ["Ask Dr. Smith, e.g. at 5 p.m. today.", " Yes."]),
        ("Pi is 3.14, not 1,000. Ok.", ["Pi is 3.14, not 1,000.", " Ok."]),
        ("Mail a.b@c.org or see https://c.org/x?y=1. Ok.", ["Mail a.b@c.org or see https://c.org/x?y=1.", " Ok."]),
        ("Open main.py now! Ok?", ["Open main.py now!", " Ok?"]),
        ("Really?! Yes... maybe. Well… no.", ["Really?!", " Yes... maybe.", " Well… no."]),
        ("富士山です。高いですね！", ["富士山です。", "高いですね！"]),
        ("「行こう！」そう言った。", ["「行こう！」", "そう言った。"]),
        ("「はい。」と答えた。次。", ["「はい。」と答えた。", "次。"]),
        ('He said "Go. Now." and left. Ok.', ['He said "Go. Now." and left.', " Ok."]),
        ("List:\n1. One\n2. Two.\n- three", ["List:", "\n1. One", "\n2. Two.", "\n- three"]),
        ("---\nAfter a rule.", ["---\nAfter a rule."]),
        ("  \n Hello.  ", ["Hello."]),
        (" \n ", []),
        ("", []),
    ],
)
def test_text_is_cut_into_sentences(text: str, pieces: list[str]) -> None:
    assert split(text) == pieces


@pytest.mark.parametrize("text", ["The answer is Paris.", "富士山です。", "Is it?", "Yes!", "It is well-known."])
def test_sure_end_is_not_waited_on(text: str) -> None:
    assert SentenceSplitter().feed(text) == [text]


@pytest.mark.parametrize("text", ["It costs 42.", "Ask Dr.", "「はい。", "Wait...", 'He said "Go."', "No."])
def test_open_end_is_waited_on(text: str) -> None:
    splitter = SentenceSplitter()
    assert splitter.feed(text) == []
    assert splitter.flush() == [text]


def test_speed_may_cut_what_whole_text_would_not() -> None:
    assert split("Open main.", "py now.") == ["Open main.", "py now."]


def test_marks_alone_are_no_sentence() -> None:
    assert split("Wait.", "..", " What?") == ["Wait.", ".. What?"]


def test_fence_is_one_piece_whatever_is_in_it() -> None:
    code = "```python\nprint('Hi. There')\n\n# " + "long " * 40 + "\n```"
    assert split(f"Here:\n{code}\nDone.") == ["Here:", f"\n{code}", "\nDone."]
    assert split(*f"Here: {code} Done.") == ["Here:", f" {code}", " Done."]


def test_fence_that_is_never_closed_comes_at_the_end() -> None:
    assert split("```\na. b", "\nc. d") == ["```\na. b\nc. d"]


FIRST = "Well, of course, I would be glad to tell you, if you wish."


def test_long_first_clause_is_cut_early() -> None:
    assert split(FIRST) == ["Well, of course,", " I would be glad to tell you, if you wish."]


def test_first_clause_is_cut_as_soon_as_it_is_long_enough() -> None:
    splitter = SentenceSplitter()
    assert splitter.feed(FIRST[:39]) == []
    assert splitter.feed(FIRST[39:40]) == ["Well, of course,"]


def test_first_clause_without_a_comma_is_cut_at_the_first_one_after() -> None:
    head = "I would be really happy to tell you about it,"
    assert SentenceSplitter().feed(head + " if") == [head]


def test_comma_very_near_the_beginning_is_no_place_to_cut() -> None:
    assert SentenceSplitter().feed("Yes, I would be really happy to tell you about it") == []


def test_later_clauses_are_not_cut_early() -> None:
    assert split("Sure. " + FIRST) == ["Sure.", " " + FIRST]


def test_flush_makes_ready_for_another_first_clause() -> None:
    splitter = SentenceSplitter()
    splitter.feed("Sure. Really")
    splitter.flush()
    assert splitter.feed(FIRST)[0] == "Well, of course,"


def test_japanese_counts_double() -> None:
    assert width("日本 abc") == 8
    text = "日本で一番高い山は富士山で、とても美しくて人気があります。"
    assert split(text)[0] == "日本で一番高い山は富士山で、"


def test_long_sentence_is_cut_at_a_clause_mark_else_between_words() -> None:
    words = "word " * 14
    assert split("Yes. " + words + "end, and " + words)[1:3] == [" " + words + "end,", " and " + words.strip()]
    assert all(piece.strip().split() == ["word"] * len(piece.split()) for piece in split("word " * 100))


def test_long_sentence_is_cut_before_all_of_a_gap() -> None:
    assert not any(piece.endswith(" ") for piece in split("word  " * 30))


def test_long_japanese_is_cut_after_a_particle() -> None:
    pieces = split("句読点がまったくない場合でも適切な場所で分割されることを確認するための文字列ですがどうでしょうか")
    assert pieces == [
        "句読点がまったくない場合でも適切な場所で分割されることを確認するための",
        "文字列ですがどうでしょうか",
    ]


def test_japanese_without_a_border_is_cut_hard() -> None:
    assert [len(piece) for piece in split("あ" * 100)] == [40, 40, 20]


def test_script_change_is_a_border() -> None:
    assert split("漢" * 30 + "a" * 40)[0] == "漢" * 30


def test_one_endless_word_is_cut_at_twice_the_length() -> None:
    assert [len(piece) for piece in split("a" * 400)] == [160, 160, 80]


ALPHABET = st.sampled_from('ab AB1.,!?。、「」"()*`… \nあ漢ー')
WORDS = st.sampled_from(
    [
        "Paris",
        "Dr.",
        "e.g.",
        "3.14",
        "1,000",
        "富士山です。",
        "「はい。」",
        '"Go."',
        "end.",
        "What?!",
        "so,",
        "ええと、",
        "\n",
    ]
)
TEXTS = st.text(ALPHABET, max_size=200) | st.lists(WORDS, max_size=40).map(" ".join)
FENCED = TEXTS | st.tuples(TEXTS, TEXTS, TEXTS).map(FENCE.join)


def chunked(text: str, borders: set[int]) -> list[str]:
    cuts = sorted(border for border in borders if border < len(text))
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


BORDERS = st.sets(st.integers(0, 250), max_size=40)


@given(FENCED, BORDERS)
def test_nothing_is_lost_and_no_piece_is_empty(text: str, borders: set[int]) -> None:
    pieces = split(*chunked(text, borders))
    assert "".join(pieces) == text.strip()
    assert all(piece.strip() and piece == piece.rstrip() for piece in pieces)


@given(FENCED, BORDERS)
def test_pieces_do_not_depend_on_chunks_that_end_in_no_mark(text: str, borders: set[int]) -> None:
    harmless = {at for at in borders if 0 < at < len(text) and (text[at - 1] not in ENDS or text[at].isspace())}
    assert split(*chunked(text, harmless)) == split(text)


@given(TEXTS.filter(lambda text: FENCE not in text), BORDERS)
def test_no_piece_is_over_the_limit(text: str, borders: set[int]) -> None:
    for piece in split(*chunked(text, borders)):
        assert width(piece.strip()) <= 2 * MAX_CHARS + 16


@given(st.lists(st.sampled_from(["word", "another", "富士山の", "ひらがな", "well,"]), max_size=60).map(" ".join))
def test_piece_of_short_words_is_within_max_chars(text: str) -> None:
    assert all(width(piece.strip()) <= MAX_CHARS for piece in split(text))

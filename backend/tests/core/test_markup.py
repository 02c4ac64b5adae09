import pytest

from app.core.markup import plain_text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("# Title", "Title"),
        ("###### Deep", "Deep"),
        ("#hashtag", "#hashtag"),
        ("- item", "item"),
        ("* [x] done", "done"),
        ("・りんご", "・りんご"),
        ("1. First", "1, First"),
        ("2) Second", "2, Second"),
        ("3.14 is pi", "3.14 is pi"),
        ("> > quoted", "quoted"),
        ("---", ""),
        ("***", ""),
        ("| --- | :-: |", ""),
        ("| Name | Age |", "Name, Age"),
        ("**bold**, *italic*, ***both***, __b__, _i_, ~~gone~~, ==marked==", "bold, italic, both, b, i, gone, marked"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("open **bold", "open bold"),
        ("`code_name` and snake_case", "code name and snake case"),
        ("[text](https://a.b/c) ![alt](x.png) [ref][1]", "text alt ref"),
        ("<https://a.b/c>", "https://a.b/c"),
        ("note[^1] and source [1] and [2, 3]【4†source】", "note and source  and"),
        ("[^1]: A footnote", "A footnote"),
        ("a<br/>b <b>c</b><!-- no -->", "a b  c"),
        ("x < y and y > z", "x < y and y > z"),
        ("A &amp; B &#39;C&#39;", "A & B 'C'"),
        (r"5 \* 3 \# 1", "5 * 3 # 1"),
        ("<|speaker:1|>Hi", "Hi"),
        ("one\n\n- two\n", "one two"),
        ("", ""),
    ],
)
def test_markup_goes_and_text_stays(text: str, plain: str) -> None:
    assert plain_text(text, ", ") == plain

import re
from dataclasses import replace
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.core.items import Item
from app.ports import KeptItem
from app.store.archive import Summary
from app.web.export import as_json, as_markdown, disposition
from tests.store.opened import LONG_AGO, answered, said

SUMMARY = Summary("conv_1", "Title", LONG_AGO, LONG_AGO, 2)
READER = MarkdownIt("gfm-like", {"linkify": False})
SIGNS = "ab1 .)(-+*=_#>~|`\\[]{}<>!&;:^$/\n\t\u3000\u2028東京"
WILD = st.text(st.sampled_from(SIGNS), max_size=30) | st.text(st.characters(), max_size=30)


def named(title: str) -> str:
    """The name that a browser takes."""
    return unquote(disposition(replace(SUMMARY, title=title), "md").partition("filename*=UTF-8''")[2])


def read(markdown: bytes) -> list[Token]:
    return READER.parse(markdown.decode())


def test_a_conversation_is_a_heading_and_who_said_what() -> None:
    cut = answered("It is Paris. It lies on", 2, heard="It is Paris.")
    cut = replace(cut, item=replace(cut.item, status="incomplete"), created_at=LONG_AGO + 60)
    call = KeptItem(Item("call", "function_call", call_id="c", name="f", arguments="{}"), 3)
    asked = replace(said("What is\nthe capital of France?", 1), created_at=LONG_AGO)
    assert as_markdown(replace(SUMMARY, title="France"), (asked, cut, call)).decode() == (
        "# France\n\n2001-09-09 01:46 UTC\n\n"
        "**You** 2001-09-09 01:46 UTC\n\nWhat is\n\nthe capital of France?\n\n"
        "**Kaiwa** 2001-09-09 01:47 UTC (interrupted)\n\nIt is Paris.\n"
    )


def test_its_own_words_are_in_the_language_that_was_spoken() -> None:
    markdown = as_markdown(replace(SUMMARY, title=""), (said("東京の天気は？", 1), answered("晴れです。", 2))).decode()
    assert markdown.startswith("# 会話\n")
    assert "**あなた** " in markdown
    assert as_markdown(replace(SUMMARY, title=""), ()).startswith(b"# Conversation\n")


@pytest.mark.parametrize(
    "words",
    [
        "# heading",
        "- list",
        "1. list",
        "12) list",
        "> quote",
        "    code",
        "```",
        "~~~",
        "---",
        "===",
        "| a | b |\n| - | - |",
        "<script>alert(1)</script>",
        "<!-- comment",
        "![image](http://example.com)",
        "[a]: http://example.com",
        "**bold** _it_ `code` ~~gone~~",
        "&amp; &#35;",
        "a\\\nb",
    ],
)
def test_whatever_is_said_is_shown_as_text(words: str) -> None:
    tokens = read(as_markdown(replace(SUMMARY, title=words), (said(words, 1),)))
    assert {token.type for token in tokens} == {
        *("heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline")
    }
    lines = [line.strip() for line in words.splitlines()]
    assert [token.content for token in tokens if token.type == "inline"][3:] != []
    assert shown(tokens)[3:] == lines


@given(WILD, WILD)
def test_nothing_that_is_said_breaks_the_document(title: str, words: str) -> None:
    tokens = read(as_markdown(replace(SUMMARY, title=title), (said(words, 1),)))
    kinds = [token.type for token in tokens if token.nesting == 1]
    assert kinds[0] == "heading_open"
    assert set(kinds[1:]) == {"paragraph_open"}
    assert shown(tokens)[1] == "2001-09-09 01:46 UTC"
    assert shown(tokens)[2].endswith(" 1970-01-01 00:00 UTC")
    lines = [re.sub("[\0-\x1f\x7f-\x9f\ud800-\udfff]", " ", line).strip() for line in words.splitlines()]
    assert shown(tokens)[3:] == [line for line in lines if line]


def shown(tokens: list[Token]) -> list[str]:
    """What a reader sees of each block."""
    blocks = [token.children or [] for token in tokens if token.type == "inline"]
    allowed = {"text", "strong_open", "strong_close", "text_special"}
    assert {child.type for block in blocks for child in block} <= allowed
    return ["".join(child.content for child in block) for block in blocks]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("東京の天気は？", "Kaiwa 2001-09-09 東京の天気は？.md"),
        ("", "Kaiwa 2001-09-09.md"),
        ("../../etc/passwd", "Kaiwa 2001-09-09 etc passwd.md"),
        ('a"; filename="b.exe', "Kaiwa 2001-09-09 a ; filename= b.exe.md"),
        ("C:\\CON|<x>*?", "Kaiwa 2001-09-09 C CON x.md"),
        ("line\r\nSet-Cookie: x", "Kaiwa 2001-09-09 line Set-Cookie x.md"),
        ("exe.\u202etxt", "Kaiwa 2001-09-09 exe. txt.md"),
        ("half \ud800", "Kaiwa 2001-09-09 half.md"),
        ("…" * 200, f"Kaiwa 2001-09-09 {'…' * 50}.md"),
    ],
)
def test_the_file_has_a_name_that_every_disk_takes(title: str, name: str) -> None:
    assert named(title) == name
    assert len(name.encode()) < 255


@given(st.text(st.characters()))
def test_no_title_breaks_the_header(title: str) -> None:
    header = disposition(replace(SUMMARY, title=title), "json")
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    assert header.count(";") == 2


def test_json_is_readable_and_valid_whatever_was_said() -> None:
    assert as_json({"title": "東京\ud800"}) == '{\n  "title": "東京?"\n}'.encode()

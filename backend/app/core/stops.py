"""Whether a full stop, or another mark that can end a sentence, does end one: the judgement behind `sentences`.

Only what is truly open is `UNSURE` and waits for the next character: each wait delays the voice by a token.
"""

import re
from enum import Enum, auto

ENDS = frozenset(".!?…。！？｡")
CLOSERS = frozenset("\"'”’)]}」』）］】〉》*_")

_JAPANESE_ENDS = frozenset("。！？｡")
_LONGEST_RUN = 16


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Something follows these: a name, a number, an example. A full stop after them ends nothing.
_NEVER_LAST = _words("""
    mr mrs ms mx dr prof st mt gen rep sen gov capt lt col sgt maj rev hon messrs vs v cf viz e.g i.e ca approx
    fig figs vol vols pp p eds dept est tel ver jan feb apr jun jul aug sep sept oct nov dec ph b.sc m.sc www ft
""")
# These may stand last in a sentence: what follows decides.
_PERHAPS_LAST = _words("etc inc ltd co corp bros jr sr al a.m p.m a.d b.c no i esq")

_CLEAR_WORD = re.compile(r"[^\W\d_]{2,}(?:['’-][^\W\d_]+)*")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")
_LIST_NUMBER = re.compile(r"\d{1,3}|[A-Za-z]")
_ADDRESS = re.compile(r"://|www\.|@|\w\.\w+/")
# What goes on after a closed quotation: 「はい。」と答えた。
_JAPANESE_GOES_ON = frozenset("とっなをがはもにでの、。")


class Verdict(Enum):
    """What a mark turns out to be."""

    END = auto()
    INSIDE = auto()
    UNSURE = auto()


def is_wide(char: str) -> bool:
    """Whether this is a character of a script without spaces, or its punctuation."""
    return char >= "\u2e80"


def run_end(text: str, at: int) -> int:
    """Where the marks and closing quotes that begin at `at` end: 「…」 and `."` stay with their sentence."""
    limit = min(len(text), at + _LONGEST_RUN)
    end = at + 1
    while end < limit and text[end] in CLOSERS:
        end += 1
    return end


def is_open(text: str) -> bool:
    """Whether a bracket, a quotation, bold type or inline code was opened in `text` and not closed."""
    depth = 0
    for at, char in enumerate(text):
        if char in "「『（(［[【〈《“" or (char == '"' and (at == 0 or not _ends_word(text[at - 1]))):
            depth += 1
        elif char in "」』）)］]】〉》”" or char == '"':
            depth = max(0, depth - 1)
    return depth > 0 or text.count("**") % 2 == 1 or text.count("`") % 2 == 1


def _ends_word(char: str) -> bool:
    return not char.isspace() and char not in "「『（(［[【〈《“—*_"


def judge(text: str, at: int) -> Verdict:
    """Judge the mark at `text[at]`; `text` begins with its sentence and ends where the stream stands."""
    after_mark = text[at + 1 : at + 2]
    if after_mark and after_mark in ENDS:
        return Verdict.INSIDE  # the last mark of a run decides
    stop = run_end(text, at)
    if is_open(text[:stop]):
        return Verdict.INSIDE
    quoted = stop > at + 1
    if quoted and (anew := _starts_anew(text[stop:])) is not Verdict.END:
        return anew
    return _judge_mark(text, at, text[stop:])


def _judge_mark(text: str, at: int, rest: str) -> Verdict:
    mark = text[at]
    if mark in _JAPANESE_ENDS:
        return Verdict.END
    if mark == "…" or text[:at].endswith("."):
        return _judge_ellipsis(rest)
    if rest and not rest[0].isspace() and not is_wide(rest[0]):
        return Verdict.INSIDE  # 3.14, example.com, main.py, ?q=1
    if mark == ".":
        return _judge_full_stop(text[:at], rest)
    return Verdict.UNSURE if not rest and _ADDRESS.search(_last_word(text[:at])) else Verdict.END


def _judge_ellipsis(rest: str) -> Verdict:
    if rest and not rest[0].isspace():
        return Verdict.INSIDE
    return _starts_anew(rest)


def _judge_full_stop(before: str, rest: str) -> Verdict:
    word = _last_word(before).strip("".join(CLOSERS) + "(“‘[「『（")
    known = word.lower()
    if known in _PERHAPS_LAST:
        return _starts_anew(rest)
    if known in _NEVER_LAST or _INITIALS.fullmatch(word) or _is_list_number(before, word):
        return Verdict.INSIDE
    clear = _CLEAR_WORD.fullmatch(word) is not None or (not word and is_wide(before[-1:]))
    return Verdict.END if rest or clear else Verdict.UNSURE


def _is_list_number(before: str, word: str) -> bool:
    return before.strip() == word and _LIST_NUMBER.fullmatch(word) is not None


def _starts_anew(rest: str) -> Verdict:
    """Judge by what follows alone: a line break or a capital says that a sentence ended, a small letter that not."""
    after = rest.lstrip()
    if "\n" in rest[: len(rest) - len(after)]:
        return Verdict.END
    if not after:
        return Verdict.UNSURE
    goes_on = after[0].islower() or after[0].isdigit() or after[0] in _JAPANESE_GOES_ON or after[0] in ",;:.!?"
    return Verdict.INSIDE if goes_on else Verdict.END


def _last_word(before: str) -> str:
    """The unbroken run of narrow characters at the end."""
    start = len(before)
    while start and not before[start - 1].isspace() and not is_wide(before[start - 1]):
        start -= 1
    return before[start:]

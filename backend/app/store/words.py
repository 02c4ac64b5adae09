"""What the store does with words: how they are found again, and which of them become a title."""

import re
import unicodedata
from collections.abc import Iterable

from app.ports import KeptItem

LONGEST_HEADLINE = 60
_SHORTEST_CUT = 30  # a cut at a space leaves at least so much; Japanese has no spaces to cut at
_JOINER = "\u200d"
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def fold(text: str) -> str:
    """Return `text` as it is compared in a search: without differences of case and width."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _UNSTORABLE.sub("\ufffd", folded)


def title_of(items: Iterable[KeptItem]) -> str:
    """Return a title made from what the user said first; empty if the user said nothing."""
    said = (kept.item.said for kept in sorted(items, key=lambda kept: kept.position) if kept.item.role == "user")
    return next((headline(words) for words in said if words.strip()), "")


def headline(text: str) -> str:
    """Return the beginning of `text` in one line, cut between words, or else between characters."""
    line = " ".join(_UNSTORABLE.sub(" ", text).split())
    if len(line) <= LONGEST_HEADLINE:
        return line
    space = line.rfind(" ", _SHORTEST_CUT, LONGEST_HEADLINE + 1)
    at = space if space > 0 else LONGEST_HEADLINE
    while at > 1 and (_belongs_to_previous(line[at]) or line[at - 1] == _JOINER):
        at -= 1
    return f"{line[:at].rstrip()}…"


def _belongs_to_previous(character: str) -> bool:
    return character == _JOINER or unicodedata.category(character).startswith("M")

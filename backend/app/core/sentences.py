"""Cuts the stream of an answer into sentences for the voice, in English and Japanese.

Nothing is lost: the pieces, joined as they are, give the text again, without white space at its two ends. So a piece
may begin with white space; none is empty or ends with it. A code fence stays in one piece, however long; every other
piece is at most about `max_chars` long. The cuts depend on the text, not on how it was chunked, with one exception made
for speed: a mark that surely ends a sentence and also the chunk is taken at its word, although "main." may become
"main.py".
"""

import re
from dataclasses import dataclass

from app.core.stops import ENDS, Verdict, is_wide, judge, run_end

FENCE = "```"

_SHORTEST_CLAUSE = 8
_WIDE_CLAUSE_MARKS = frozenset("、，；：…—")
_CLAUSE_MARKS = frozenset(",;:—–")
_HIRAGANA = re.compile(r"[\u3041-\u309f]")


def width(text: str) -> int:
    """Length of a text for the voice: a Japanese character takes about as long to say as two Latin letters."""
    return sum(2 if is_wide(char) else 1 for char in text)


class SentenceSplitter:
    """Takes text as it comes and gives out sentences as soon as they are sure.

    `first_clause_chars`: once the first sentence is that long, it is cut at a comma, so that the voice starts soon.
    `max_chars`: a longer sentence is cut at a comma, else between words. Both count as `width` does.
    """

    def __init__(self, *, first_clause_chars: int = 40, max_chars: int = 80) -> None:
        self._first_clause_chars = first_clause_chars
        self._max_chars = max_chars
        self._first = True
        self._pending = ""

    def feed(self, text: str) -> list[str]:
        """Take in the next text and return the pieces that it completes."""
        self._pending += text
        if self._first:
            self._pending = self._pending.lstrip()
        pieces = []
        while (cut := self._find_cut()) is not None:
            pieces.append(self._pending[:cut])
            self._pending = self._pending[cut:]
            self._first = False
        return pieces

    def flush(self) -> list[str]:
        """Return what is left at the end of the stream, and be ready for another one."""
        rest = self._pending.rstrip()
        self._pending = ""
        self._first = True
        return [rest] if rest else []

    def _find_cut(self) -> int | None:
        body = self._pending.lstrip()
        margin = len(self._pending) - len(body)
        cut = _fence_end(body) if body.startswith(FENCE) else self._sentence_end(body)
        return None if cut is None else margin + cut

    def _sentence_end(self, body: str) -> int | None:
        early = self._first_clause_chars if self._first else None
        line = _Line(early, self._max_chars)
        for at, char in enumerate(body):
            if at and ((char == "\n" and line.speaks) or body.startswith(FENCE, at)):
                return len(body[:at].rstrip())
            line.take(body, at)
            if char in ENDS and line.speaks:
                verdict = judge(body, at)
                if verdict is Verdict.END:
                    return run_end(body, at)
                if verdict is Verdict.UNSURE:
                    return None
            if (cut := line.forced_cut(at, char)) is not None:
                return cut
        return None


def _fence_end(body: str) -> int | None:
    close = body.find(FENCE, len(FENCE))
    return None if close < 0 else close + len(FENCE)


@dataclass(slots=True)
class _Line:
    """What a sentence looks like up to one character: how long it is, and where it could be cut if it must be."""

    early: int | None
    longest: int
    width: int = 0
    speaks: bool = False
    clause: int | None = None
    gap: int | None = None

    def take(self, body: str, at: int) -> None:
        """Go on by the character `body[at]`."""
        char, before = body[at], body[at - 1] if at else ""
        if char.isspace():
            if before in _CLAUSE_MARKS and self.width >= _SHORTEST_CLAUSE:
                self.clause = at
            if not before.isspace():
                self.gap = at
        elif before and _may_part(before, char):
            self.gap = at
        self.width += 2 if is_wide(char) else 1
        self.speaks = self.speaks or char.isalnum()
        if char in _WIDE_CLAUSE_MARKS and self.width >= _SHORTEST_CLAUSE:
            self.clause = at + 1

    def forced_cut(self, at: int, char: str) -> int | None:
        """Where to cut because the sentence has become too long, if it has."""
        if self.early is not None and self.width >= self.early and self.clause:
            return self.clause
        if self.width <= self.longest:
            return None
        if self.clause or self.gap:
            return self.clause or self.gap
        # One unbroken word, such as an address, may be twice as long before it is cut.
        return at if at and (is_wide(char) or self.width > 2 * self.longest) else None


def _may_part(before: str, char: str) -> bool:
    """Whether Japanese may be cut here: after a particle or ending in hiragana, or where the script changes."""
    if not char.isalnum() or _HIRAGANA.match(char) or char == "ー":
        return False
    return _HIRAGANA.match(before) is not None or (before.isalnum() and is_wide(before) != is_wide(char))

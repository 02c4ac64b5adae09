"""Which language each part of a text is in, told by its script: Japanese, or else English.

A sentence belongs to the language with more words in it. In a Japanese sentence a single Latin word or a number
stays with the Japanese voice, which knows how to read it; two Latin words or more are spoken by the English one.
In an English sentence every Japanese word is spoken by the Japanese one.
"""

import re
from dataclasses import dataclass
from typing import Literal

Language = Literal["en", "ja"]

_SENTENCE_END = re.compile(r"(?<=[。！？\n])|(?<=[.!?])\s+")
_JAPANESE = (
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_LATIN = "A-Za-z\u00c0-\u024f"
_WORD = re.compile(rf"(?P<ja>[{_JAPANESE}]+)|(?P<en>[{_LATIN}][{_LATIN}0-9'’_-]*)")
_CHARACTERS_PER_WORD = 2  # about what a Japanese word takes


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text that one voice speaks."""

    text: str
    language: Language


def split(text: str, otherwise: Language) -> list[Piece]:
    """Return the parts of `text` in order; what holds no letters goes with its neighbour, or with `otherwise`."""
    pieces: list[Piece] = []
    for sentence in _SENTENCE_END.split(text):
        if sentence and not sentence.isspace():
            pieces += _split_sentence(sentence, pieces[-1].language if pieces else otherwise)
    return _join(pieces)


def _split_sentence(sentence: str, otherwise: Language) -> list[Piece]:
    runs = _find_runs(sentence)
    if not runs:
        return [Piece(sentence, otherwise)]
    if _is_mostly_japanese(sentence):
        runs = [Piece(run.text, "ja") if _count_latin(run.text) <= 1 else run for run in runs]
    return _join(runs)


def _find_runs(sentence: str) -> list[Piece]:
    """Cut before every word whose script differs from the one before; signs and digits stay with what precedes."""
    runs: list[Piece] = []
    start = 0
    for word in _WORD.finditer(sentence):
        language: Language = "ja" if word["ja"] else "en"
        if runs and runs[-1].language == language:
            continue
        if runs:
            runs[-1] = Piece(sentence[start : word.start()], runs[-1].language)
            start = word.start()
        runs.append(Piece("", language))
    if runs:
        runs[-1] = Piece(sentence[start:], runs[-1].language)
    return runs


def _is_mostly_japanese(sentence: str) -> bool:
    japanese = sum(len(word["ja"]) for word in _WORD.finditer(sentence) if word["ja"])
    return japanese >= _CHARACTERS_PER_WORD * _count_latin(sentence)


def _count_latin(text: str) -> int:
    return sum(1 for word in _WORD.finditer(text) if word["en"])


def _join(pieces: list[Piece]) -> list[Piece]:
    joined: list[Piece] = []
    for piece in pieces:
        if joined and joined[-1].language == piece.language:
            gap = "" if piece.language == "ja" or joined[-1].text[-1:].isspace() else " "
            joined[-1] = Piece(joined[-1].text + gap + piece.text, piece.language)
        else:
            joined.append(piece)
    return joined

"""How much of an answer was heard, estimated from how long it was played. What was not heard was not said."""

import re
from collections.abc import Sequence

# What is heard or not as a whole: a word, or one character of a script without spaces; marks go with it.
_UNIT = re.compile(r"[^\w\u2e80-\U0010ffff]*(?:[\u2e80-\U0010ffff]|[^\W\u2e80-\U0010ffff]+(?:['’.,-]\w+)*)")

# Speaking time, with a Latin letter as 1: a mora takes as long as two letters, a kanji is about two morae.
_LETTER, _DIGIT, _KANA, _KANJI = 1, 3, 2, 4
_SMALL_KANA = frozenset("ぁぃぅぇぉゃゅょゎァィゥェォャュョヮ")
_MS_PER_WEIGHT = 75


def _weight(unit: str) -> int:
    return sum(_char_weight(char) for char in unit)


def _char_weight(char: str) -> int:
    if not char.isalnum() or char in _SMALL_KANA:
        return 0
    if char.isdigit():
        return _DIGIT
    if "\u3040" <= char <= "\u30ff":
        return _KANA
    return _LETTER if char < "\u2e80" else _KANJI


def likely_ms(text: str) -> int:
    """Return about how long a text takes to say, for when its sound is not there to be measured."""
    return _MS_PER_WEIGHT * sum(_weight(unit.group()) for unit in _UNIT.finditer(text))


def heard_text(text: str, played_ms: float, total_ms: float) -> str:
    """Return the part of a spoken text that was heard by `played_ms` of its `total_ms`: whole words, rounded down."""
    if played_ms <= 0:
        return ""
    if played_ms >= total_ms:
        return text
    units = list(_UNIT.finditer(text))
    budget = sum(_weight(unit.group()) for unit in units) * played_ms / total_ms
    end = 0
    for unit in units:
        budget -= _weight(unit.group())
        if budget < 0:
            break
        end = unit.end()
    return text[:end]


def heard_of(sentences: Sequence[tuple[str, int]], played_ms: float) -> str:
    """Return what was heard of several sentences played in a row, each given as (text, milliseconds of audio).

    The texts are joined as they are: pieces of `SentenceSplitter` carry their own white space. A sentence without
    sound, such as a code block, counts as heard with the one before it.
    """
    if played_ms <= 0:
        return ""
    heard = ""
    for text, audio_ms in sentences:
        if played_ms < audio_ms:
            return heard + heard_text(text, played_ms, audio_ms)
        heard += text
        played_ms -= audio_ms
    return heard

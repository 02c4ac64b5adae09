"""What the voice gets of a sentence: words and the marks that shape speech, nothing that is for the eye.

Code blocks, pictures and emoji are silent. Brackets become pauses, for Fish Speech takes some of them as directions.
"""

import re
import unicodedata

from app.core.language import script_language
from app.core.markup import plain_text
from app.core.sentences import FENCE
from app.core.symbols import say_symbols

_PAUSES = {"en": ", ", "ja": "、"}

# Signs of units in one character, ½ and ① included, are spelled out.
_SQUARED = re.compile(r"[¼½¾℃℉№\u2460-\u24ff\u3300-\u33ff]")
_SILENT_CATEGORIES = frozenset(["So", "Sk", "Cc", "Cf", "Cn", "Co", "Cs"])
_VARIATION = re.compile(r"[\u20e3\ufe00-\ufe0f]")
_BRACKETS = re.compile(r"\s*[()\[\]{}（）［］【】\u3014\u3015]+\s*")
_ELLIPSIS = re.compile(r"\s*(?:…+|\.{2,}|・{2,})")
_SILENT_SIGNS = re.compile(r"[\"“”*#|\\<>^_`~♪]+")
_DASH = re.compile(r"\s*(?:—+|–|--+)\s*|\s+-\s+")
_ENDS = ".!?。！？"
_MARKS = ",、;:，；：" + _ENDS


class Speakable:
    """Cleans the sentences of one answer in order; remembers whether it is inside a code block.

    The words for signs are in the language of the sentence's own script, else in `language`.
    """

    def __init__(self, language: str | None = None) -> None:
        self._language = language
        self._in_code = False

    def clean(self, sentence: str) -> str:
        """Return what is to be spoken, "" if there is nothing."""
        text = self._without_code(sentence)
        language = script_language(text) or self._language
        pause = _PAUSES["ja" if language == "ja" else "en"]
        text = _SQUARED.sub(_spelled_out, plain_text(text, pause))
        text = _without_pictures(say_symbols(text, language or ""))
        text = _without_signs(text, pause)
        return text if any(char.isalnum() for char in text) else ""

    def _without_code(self, text: str) -> str:
        parts = text.split(FENCE)
        spoken = parts[1::2] if self._in_code else parts[::2]
        self._in_code ^= len(parts) % 2 == 0
        return "\n".join(spoken)


def _spelled_out(sign: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", sign.group()).replace("\u2044", "/")


def _without_pictures(text: str) -> str:
    spoken = (char for char in _VARIATION.sub("", text) if unicodedata.category(char) not in _SILENT_CATEGORIES)
    return "".join(spoken)


def _without_signs(text: str, pause: str) -> str:
    text = _SILENT_SIGNS.sub(" ", text)
    for pattern in (_BRACKETS, _ELLIPSIS, _DASH):
        text = pattern.sub(pause, text)
    text = " ".join(text.split())
    text = re.sub(rf"\s+(?=[{_MARKS}])", "", text)
    text = re.sub(rf"[,、](?=\s*[{_MARKS}])\s*|(?<=[{_ENDS}])[,、]", "", text)
    return text.lstrip(_MARKS + " -・」』").rstrip(",、;:，；： ")

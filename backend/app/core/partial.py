"""What of a partial transcript will stay: the words on which two hypotheses in a row agree (LocalAgreement).

Whisper hears the growing utterance again each time and may change its mind, mostly at the end. The stable part only
ever grows, for a client cannot take back what it was sent.
"""

import re
from itertools import takewhile

# A word with the white space before it; a Japanese character or a mark is a word of its own.
_WORD = re.compile(r"\s*(?:[^\W_\u2e80-\U0010ffff]+(?:['’-][^\W_\u2e80-\U0010ffff]+)*|\S)")


class StablePrefix:
    """The stable prefix of one utterance; make a new one for the next."""

    def __init__(self) -> None:
        self._stable = ""
        self._last: list[str] = []

    def push(self, hypothesis: str) -> tuple[str, str]:
        """Take in the next hypothesis and return its stable and its unstable part.

        When whisper has revised what was stable already, the stable part stays as it is, and the unstable part is
        what comes after as many words.
        """
        words = _WORD.findall(hypothesis.strip())
        agreed = "".join(pair[0] for pair in takewhile(_same, zip(words, self._last, strict=False)))
        if len(agreed) == len("".join(words)):
            agreed = _without_marks(agreed)
        if agreed.startswith(self._stable):
            self._stable = agreed
        self._last = words
        return self._stable, "".join(words[len(_WORD.findall(self._stable)) :])

    def finish(self, final: str) -> str:
        """Return what the final transcript adds to the stable part; "" when it contradicts it.

        The caller has then sent deltas that do not add up to the final transcript, which replaces them.
        """
        return final.strip().removeprefix(self._stable) if final.strip().startswith(self._stable) else ""


def _same(pair: tuple[str, str]) -> bool:
    return pair[0] == pair[1]


def _without_marks(text: str) -> str:
    """Without punctuation at the end: whisper ends every hypothesis with a full stop, also in mid-sentence."""
    end = len(text)
    while end and not text[end - 1].isalnum():
        end -= 1
    return text[:end]

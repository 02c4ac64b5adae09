"""Which language is spoken: by script for a written text, by whisper's report for a heard one.

`LanguageChoice` is how a session settles on one: fixed when configured, else taken from the first utterance
and kept until whisper's log-probability says that the words no longer fit the language.
"""

import re
from typing import Literal

AUTO = "auto"

# Below this average log-probability whisper itself counts a transcript as failed when it fits no language well.
FALLEN_LOGPROB = -1.0

_JAPANESE = re.compile(
    r"[\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)
_LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f\uff21-\uff3a\uff41-\uff5a]+")

# The languages of multilingual whisper, in its own spelling: name and code.
_WHISPER_LANGUAGES = """
english en, chinese zh, german de, spanish es, russian ru, korean ko, french fr, japanese ja, portuguese pt,
turkish tr, polish pl, catalan ca, dutch nl, arabic ar, swedish sv, italian it, indonesian id, hindi hi, finnish fi,
vietnamese vi, hebrew he, ukrainian uk, greek el, malay ms, czech cs, romanian ro, danish da, hungarian hu, tamil ta,
norwegian no, thai th, urdu ur, croatian hr, bulgarian bg, lithuanian lt, latin la, maori mi, malayalam ml, welsh cy,
slovak sk, telugu te, persian fa, latvian lv, bengali bn, serbian sr, azerbaijani az, slovenian sl, kannada kn,
estonian et, macedonian mk, breton br, basque eu, icelandic is, armenian hy, nepali ne, mongolian mn, bosnian bs,
kazakh kk, albanian sq, swahili sw, galician gl, marathi mr, punjabi pa, sinhala si, khmer km, shona sn, yoruba yo,
somali so, afrikaans af, occitan oc, georgian ka, belarusian be, tajik tg, sindhi sd, gujarati gu, amharic am,
yiddish yi, lao lo, uzbek uz, faroese fo, haitian creole ht, pashto ps, turkmen tk, nynorsk nn, maltese mt,
sanskrit sa, luxembourgish lb, myanmar my, tibetan bo, tagalog tl, malagasy mg, assamese as, tatar tt, hawaiian haw,
lingala ln, hausa ha, bashkir ba, javanese jw, sundanese su, cantonese yue
"""
_CODES = dict(entry.strip().rsplit(" ", 1) for entry in _WHISPER_LANGUAGES.split(","))


def language_code(name: str | None) -> str | None:
    """The code of a language given as code, tag (`en-US`) or English name (`japanese`); None if it is not known."""
    if name is None:
        return None
    plain = name.strip().lower()
    code = _CODES.get(plain, re.split(r"[-_]", plain)[0])
    return code if code in _CODES.values() else None


def script_language(text: str) -> Literal["ja", "en"] | None:
    """The language that a text is written in, as far as its script tells; None without a letter of either.

    A Japanese character weighs as much as a Latin word:
    「Dockerの使い方」 is Japanese, "the word 寿司 in English" is not.
    """
    japanese = len(_JAPANESE.findall(text))
    latin = len(_LATIN_WORD.findall(text))
    if not japanese and not latin:
        return None
    return "ja" if japanese >= latin else "en"


class LanguageChoice:
    """The language of a session: what is configured, else what was detected and still fits."""

    def __init__(self, configured: str | None = None, *, fallen_logprob: float = FALLEN_LOGPROB) -> None:
        self._fixed = configured is not None and configured.strip().lower() not in ("", AUTO)
        self._current = language_code(configured) if self._fixed else None
        if self._fixed and self._current is None:
            raise ValueError(f"unknown language {configured!r}")
        self._fallen_logprob = fallen_logprob
        self._doubtful = True

    @property
    def current(self) -> str | None:
        """The code of the language, None as long as nobody has spoken."""
        return self._current

    def should_detect(self) -> bool:
        """Whether the next utterance is to be transcribed with detection rather than in `current`."""
        return not self._fixed and self._doubtful

    def observe(self, detected: str | None, avg_logprob: float | None) -> None:
        """Take in what whisper reported of one utterance; an unknown language or probability is no evidence."""
        if self._fixed:
            return
        fallen = avg_logprob is not None and avg_logprob < self._fallen_logprob
        code = language_code(detected)
        if self._doubtful and code is not None and (self._current is None or not fallen):
            self._current = code
        self._doubtful = fallen or self._current is None

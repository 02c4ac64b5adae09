"""The gate against what whisper invents on silence and noise.

No single figure tells an invention from speech: whisper is sure of itself on laughter, and "Thank you." is what people
say and what it hears in noise. So a text is dropped for what it is (a tag, a loop), for what is impossible (no voice,
more words than fit in the voiced time), or for being a well-known invention and poorly supported. Unknown figures
support neither side.
"""

import re
from dataclasses import dataclass

MIN_VOICED_MS = 96
"""Three frames: the shortest 「うん」 is longer."""

_MIN_DBFS = -60.0
_WEAK_DBFS = -45.0
_WEAK_NO_SPEECH = 0.5
_WEAK_LOGPROB = -0.7
_SHORT_POLITE_MS = 250
_SHORT_BROADCAST_MS = 1200

# Whisper's own rule for a silent window: both at once.
_SILENT_NO_SPEECH = 0.6
_SILENT_LOGPROB = -1.0

# Nobody speaks faster, a Japanese character counted as two letters; the slack is for what the detector misses.
_LETTERS_PER_SECOND = 30
_SLACK_LETTERS = 6

_TAG = re.compile(r"\[[^\]]*\]|\([^)]*\)|（[^）]*）|【[^】]*】|<[^>]*>|\*[^*]+\*|[♪♫🎵🎶][^♪♫🎵🎶]*(?:[♪♫🎵🎶]|$)")
_NOT_SPOKEN = re.compile(r"[\W_]+")
_LOOP = re.compile(r"(.{2,30}?)\1{5,}|(.)\2{9,}")
_LOOP_SHARE = 0.6

# Whole utterances, without spaces and marks, that people also say in earnest.
_POLITE = {
    "en": re.compile(r"(?:thankyou(?:verymuch|somuch)?|thanks|bye(?:bye)?|you|so)+"),
    "ja": re.compile(r"(?:ありがとうございま(?:した|す)|ありがとう|おやすみなさい|お疲れ様でした|バイバイ|じゃあね)+"),
}
# Ends of films and videos: hardly ever said to an assistant.
_BROADCAST = {
    "en": re.compile(
        r"(?:thank(?:s|you)(?:verymuch|somuch)?forwatching"
        r"|(?:sub(?:titles?|titled)|captions?|captioned|transcrib(?:ed|tion)|translated)(?:\w{0,12})by\w*"
        r"|\w*amaraorg\w*|(?:please)?(?:like(?:and)?)?subscribe(?:to)?(?:my|our|the)?(?:channel)?"
        r"|(?:i(?:ll)?)?see(?:you)?(?:inthe|guys)?nextvideo|dontforgetto\w*subscribe)+"
    ),
    "ja": re.compile(
        r"(?:(?:最後まで)?ご?(?:視聴|清聴|覧)(?:いただき|頂き|くださり)?(?:まして)?(?:誠に|本当に)?ありがとうござい(?:ました|ます)"
        r"|チャンネル登録\w*|高評価\w*|(?:次回|また次)の?動画\w*|次回(?:も|を)?お楽しみに\w*"
        r"|(?:日本語)?字幕\w*|また(?:次回|来週)\w*お会いしましょう|おわり|終わり)+"
    ),
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One transcript and what is known of its sound. None is unknown; a language is a code."""

    text: str
    language: str | None
    voiced_ms: int
    energy_dbfs: float | None
    no_speech_prob: float | None
    avg_logprob: float | None


def without_tags(text: str) -> str:
    """Return the text without whisper's remarks on sounds: [BLANK_AUDIO], （音楽）, *laughs*, ♪ … ♪."""
    return " ".join(_TAG.sub(" ", text).split())


def invented(e: Evidence) -> str | None:
    """Return why this was never said, as a stable code, or None to keep it.

    Codes: empty, tag, no_voice, quiet, repeated, too_fast, improbable, phrase.
    """
    if not _spoken(e.text):
        return "empty"
    spoken = _spoken(without_tags(e.text))
    reasons = {
        "tag": not spoken,
        "no_voice": e.voiced_ms < MIN_VOICED_MS,
        "quiet": _below(e.energy_dbfs, _MIN_DBFS),
        "repeated": _is_loop(spoken),
        "too_fast": _length(spoken) > _SLACK_LETTERS + _LETTERS_PER_SECOND * e.voiced_ms / 1000,
        "improbable": _above(e.no_speech_prob, _SILENT_NO_SPEECH) and _below(e.avg_logprob, _SILENT_LOGPROB),
        "phrase": _is_unsupported_phrase(spoken, e),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _spoken(text: str) -> str:
    return _NOT_SPOKEN.sub("", text.casefold())


def _length(spoken: str) -> int:
    return sum(2 if char >= "\u2e80" else 1 for char in spoken)


def _is_loop(spoken: str) -> bool:
    return sum(len(loop.group()) for loop in _LOOP.finditer(spoken)) > _LOOP_SHARE * len(spoken)


def _is_unsupported_phrase(spoken: str, e: Evidence) -> bool:
    weak = (
        _below(e.energy_dbfs, _WEAK_DBFS)
        or _above(e.no_speech_prob, _WEAK_NO_SPEECH)
        or _below(e.avg_logprob, _WEAK_LOGPROB)
    )
    if _matches(_BROADCAST, spoken, e.language):
        return weak or e.voiced_ms < _SHORT_BROADCAST_MS
    return _matches(_POLITE, spoken, e.language) and (weak or e.voiced_ms < _SHORT_POLITE_MS)


def _matches(phrases: dict[str, re.Pattern[str]], spoken: str, language: str | None) -> bool:
    """Whether the whole text is such phrases; in a language without a list, those of every language count."""
    own = phrases.get(language or "")
    return any(pattern.fullmatch(spoken) for pattern in ([own] if own else phrases.values()))


def _below(value: float | None, limit: float) -> bool:
    return value is not None and value < limit


def _above(value: float | None, limit: float) -> bool:
    return value is not None and value > limit

"""Japanese text and its sounds made fit for the reading dictionary and the voice: plain string work."""

import re

MOST_SOUNDS = 500  # phonemes that the model takes in one go

_CLAUSE_END = re.compile(r"(?<=[,.!?])\s*")
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_DECIMAL = re.compile(r"(\d)[.．](\d+)")  # noqa: RUF001 - the wide full stop is meant
_SIGNS = {"%": "パーセント", "％": "パーセント", "℃": "度", "&": "アンド", "+": "プラス"}
_SMALL_KANA = re.compile("[ぁぃぅぇぉゃゅょゎァィゥェォャュョヮ゛゜ー]")


def spell_out(text: str) -> str:
    """Write the numbers and signs in `text` the way the dictionary can read them: 3.5% becomes 3点5パーセント."""
    text = _GROUPED.sub("", text)
    text = _DECIMAL.sub(lambda match: f"{match[1]}点{'、'.join(match[2])}", text)
    for sign, reading in _SIGNS.items():
        text = text.replace(sign, reading)
    return text


def cut(phonemes: str, most: int = MOST_SOUNDS) -> list[str]:
    """Cut phonemes at signs, and where there is none anywhere, into parts of at most `most`."""
    clauses = [clause[i : i + most] for clause in _CLAUSE_END.split(phonemes) for i in range(0, len(clause), most)]
    parts: list[str] = []
    for clause in clauses:
        if parts and len(parts[-1]) + 1 + len(clause) <= most:
            parts[-1] += f" {clause}"
        else:
            parts.append(clause)
    return parts


def drop_small_kana(text: str) -> str:
    """Leave out the signs that say nothing unless they follow the right kana."""
    return _SMALL_KANA.sub("", text)

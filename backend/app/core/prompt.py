"""What the language model is asked: the instructions, then the history, whose last message is the question.

The order is for the model server's prompt cache: what was sent before comes first and unchanged, so that only the new
end is computed. For the same reason the instructions hold no date and nothing else that changes within a session.
"""

import math
from collections.abc import Sequence
from typing import Any

_WHO = {
    "en": "You are Kaiwa, a friendly voice assistant.",
    "ja": "あなたは親切な音声アシスタント「カイワ」です。",
}
_HOW = {
    "en": (
        "Your answer is read aloud: speak in one to three short sentences of plain text, without markdown, lists, "
        "links, code or emoji. Answer in the language of the speaker. If you do not know, say that you don't know."
    ),
    "ja": (
        "答えは音声で読み上げられます。箇条書き、記号、リンク、コード、絵文字を使わず、"
        "一文から三文の短い話し言葉で答えてください。相手が使う言語で答えてください。"
        "わからないことは「わかりません」と言ってください。"
    ),
}

# A token of a present-day vocabulary is about four characters of English, and rarely more than one of Japanese.
_ASCII_CHARS_PER_TOKEN = 3.5


def system_prompt(language: str | None, custom: str = "") -> str:
    """Return the instructions for a spoken answer; in English unless `language` is Japanese.

    `custom` (the operator's or the client's) takes the place of who the assistant is. How to speak always stays.
    """
    key = "ja" if language == "ja" else "en"
    return f"{custom.strip() or _WHO[key]}\n\n{_HOW[key]}"


def build(system: str, history: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the chat messages: the instructions, then `history` as `History.messages` gives it."""
    return [{"role": "system", "content": system}, *history]


def estimate_tokens(text: str) -> int:
    """Return roughly how many tokens a text has, rather too many than too few; needs no tokenizer."""
    ascii_chars = len(text.encode("ascii", "ignore"))
    return math.ceil(ascii_chars / _ASCII_CHARS_PER_TOKEN) + len(text) - ascii_chars

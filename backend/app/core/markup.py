"""Markdown and HTML as plain text: what stands for the eye goes, what is to be read stays."""

import html
import re

# Tried in this order: what one rule leaves, the next ones see.
_INLINE = (
    (re.compile(r"<\|[^|>]*\|>|<!--.*?-->|【\d+†[^】]*】"), ""),
    (re.compile(r"<((?:https?://|mailto:)[^>\s]+)>"), r"\1"),
    (re.compile(r"</?[A-Za-z][^<>]*>"), " "),
    (re.compile(r"\[\^[^\]]+\]:?"), ""),
    (re.compile(r"!?\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\[([^\]]+)\]\[[^\]]*\]"), r"\1"),
    (re.compile(r"\[\d+(?:,\s*\d+)*\]"), ""),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!|~-])"), r"\1"),
    (re.compile(r"~~(.*?)~~|==(.*?)=="), r"\1\2"),
    (re.compile(r"\*{1,3}(?=\S)(.+?)(?<=\S)\*{1,3}"), r"\1"),
    (re.compile(r"(?<!\w)_{1,3}(?=\S)(.+?)(?<=\S)_{1,3}(?!\w)"), r"\1"),
    (re.compile(r"\*\*|__|`|~~"), ""),
    (re.compile(r"(?<=\w)_+(?=\w)"), " "),
)
_RULE = re.compile(r"\s*\|?[\s:|=*_-]+\|?\s*")
_LEAD = re.compile(r"\s*(?:>\s?)*(?:#{1,6}\s+|[-*+•・▪]\s+(?:\[[ xX]\]\s+)?)?")
_NUMBERED = re.compile(r"(\d{1,3})[.)]\s+")


def plain_text(text: str, pause: str) -> str:
    """Return one line of text without markup; `pause` is the comma that stands where a reader sees a border."""
    return " ".join(filter(None, (_plain_line(line, pause) for line in text.splitlines())))


def _plain_line(line: str, pause: str) -> str:
    if _RULE.fullmatch(line):
        return ""
    line = _LEAD.sub("", line, count=1)
    line = _NUMBERED.sub(rf"\1{pause}", line, count=1) if _NUMBERED.match(line) else line
    if line.startswith("|"):
        line = pause.join(cell.strip() for cell in line.strip().strip("|").split("|"))
    for pattern, words in _INLINE:
        line = pattern.sub(words, line)
    return html.unescape(line).strip()

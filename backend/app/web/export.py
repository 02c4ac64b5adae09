"""A conversation as a file: Markdown to read, in the language that was spoken, or JSON with everything."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from app.core.language import script_language
from app.ports import KeptItem
from app.store.archive import Summary
from app.wire.sent import JsonObject

_WORDS = {
    "en": {"user": "You", "assistant": "Kaiwa", "system": "System", "untitled": "Conversation", "cut": "interrupted"},
    "ja": {"user": "あなた", "assistant": "Kaiwa", "system": "システム", "untitled": "会話", "cut": "途中まで"},
}
_CONTROLS = re.compile("[\0-\x1f\x7f-\x9f\ud800-\udfff]")
_ACTIVE = re.compile(r"[\\`*_{}\[\]<>#|~&$^]")  # Markdown may take these for its own anywhere
_ACTIVE_AT_START = re.compile(r"\A(?:\d+(?=[.)])|(?=[-+=:]))")  # and these at the beginning of a line
_UNFIT_IN_NAMES = re.compile('[\\\\/:*?"<>|\0-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]')
_LONGEST_NAME = 150  # bytes of the title in it


def as_json(content: JsonObject) -> bytes:
    """Return JSON in UTF-8, indented."""
    return json.dumps(content, ensure_ascii=False, indent=2).encode(errors="replace")


def as_markdown(summary: Summary, items: Sequence[KeptItem]) -> bytes:
    """Return what was said as Markdown in UTF-8. Whatever it is, it is shown as text."""
    messages = [kept for kept in items if kept.item.kind == "message"]
    words = _WORDS[script_language(" ".join(kept.item.said for kept in messages)) or "en"]
    blocks = [f"# {_escape(summary.title) or words['untitled']}", _time(summary.created_at)]
    for kept in messages:
        cut = f" ({words['cut']})" if kept.item.status == "incomplete" else ""
        blocks.append(f"**{words[kept.item.role or 'system']}** {_time(kept.created_at)}{cut}")
        blocks += [line for line in map(_escape, kept.item.said.splitlines()) if line]
    return ("\n\n".join(blocks) + "\n").encode()


def disposition(summary: Summary, ending: str) -> str:
    """Return the header that names the file; the title is in it as far as the header and the disk allow."""
    title = " ".join(_UNFIT_IN_NAMES.sub(" ", summary.title).split())
    title = title.encode()[:_LONGEST_NAME].decode(errors="ignore").strip(" .")
    date = datetime.fromtimestamp(summary.created_at, UTC).strftime("%Y-%m-%d")
    plain, full = f"Kaiwa {date}.{ending}", f"Kaiwa {date} {title}".rstrip() + f".{ending}"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(full, safe='')}"


def _escape(line: str) -> str:
    plain = _CONTROLS.sub(" ", line).strip()
    return _ACTIVE_AT_START.sub(r"\g<0>\\", _ACTIVE.sub(r"\\\g<0>", plain))


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")

"""What the child programs print, as one kind of line without anything that was said or asked.

Four kinds are known: our own JSON lines, llama.cpp's (`0.00.011.386 W srv  load_model: ...`), whisper.cpp's
(`whisper_model_load: ...`) and uvicorn's (`INFO:     Started`). Before a program serves its first request nothing it
prints can hold a request's text, so that unknown lines pass; from then on they are dropped.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

LEVELS = ("debug", "info", "warning", "error")
LONGEST_MESSAGE = 2000

LLAMA = re.compile(r"^\d+(?:\.\d+){3} (?P<level>[DIWE]) (?P<text>.*)$")
LLAMA_LEVELS = {"D": "debug", "I": "debug", "W": "warning", "E": "error"}
ENGINE = re.compile(r"^(?:whisper|ggml|llama)_\w+ ?: ")
UVICORN = re.compile(r"^(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL): +(?P<text>.*)$")
QUERY = re.compile(r"\?\S*")
TRACEBACK = re.compile(r'^(?:Traceback \(most recent call last\):|  File ".*", line \d+, in \S+)$')
EXCEPTION = re.compile(r"^(?P<name>[A-Za-z_][\w.]*(?:Error|Exception|Interrupt))(?::.*)?$")
REFUSAL = "got exception: "


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line: who says it, how much it matters, what it is, and what else is known."""

    service: str
    level: str
    message: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    time: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds"))


def translate(service: str, text: str, *, serving: bool) -> LogLine | None:
    """Return what a child printed as a line, or None if there is nothing to say or it could hold a request's text."""
    text = text.rstrip()
    if not text:
        return None
    for recognise in (_from_json, _from_llama, _from_engine, _from_uvicorn):
        line = recognise(service, text)
        if line is not None:
            return line
    return _from_traceback(service, text) if serving else LogLine(service, "info", text[:LONGEST_MESSAGE])


def is_shown(line: LogLine, least: str) -> bool:
    """Say whether `line` matters at least as much as the level `least`."""
    return LEVELS.index(line.level) >= LEVELS.index(least)


def render_json(line: LogLine) -> str:
    """Return the line as one JSON object."""
    head = {"time": line.time, "service": line.service, "level": line.level, "message": line.message}
    return json.dumps({**line.fields, **head}, ensure_ascii=False, default=str)


def render_plain(line: LogLine) -> str:
    """Return the line for a person's eyes, in local time."""
    moment = datetime.fromisoformat(line.time).astimezone().strftime("%H:%M:%S")
    extra = "".join(f" {name}={value}" for name, value in line.fields.items())
    return f"{moment} {line.service:<10} {line.level:<7} {line.message}{extra}"


def _from_json(service: str, text: str) -> LogLine | None:
    if not text.startswith("{"):
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return None
    message = found.pop("event", None) or found.pop("message", None)
    if not isinstance(message, str):
        return None
    found.pop("service", None)
    level = _level(str(found.pop("level", "info")))
    time = found.pop("time", None)
    line = LogLine(service, level, message[:LONGEST_MESSAGE], found)
    return line if time is None else LogLine(service, level, line.message, found, _time(time, line.time))


def _from_llama(service: str, text: str) -> LogLine | None:
    match = LLAMA.match(text)
    if match is None:
        return None
    message = " ".join(match["text"].split())
    head, refusal, detail = message.partition(REFUSAL)
    if refusal:
        # The detail quotes the request where it is wrong; only the status is fit for a log.
        code = re.search(r'"code":(\d+)', detail)
        message = f"{head}refused a request with status {code[1] if code else 'unknown'}"
    return LogLine(service, LLAMA_LEVELS[match["level"]], message[:LONGEST_MESSAGE])


def _from_engine(service: str, text: str) -> LogLine | None:
    if not ENGINE.match(text):
        return None
    level = "error" if "error" in text or "failed" in text else "debug"
    return LogLine(service, level, " ".join(text.split())[:LONGEST_MESSAGE])


def _from_uvicorn(service: str, text: str) -> LogLine | None:
    match = UVICORN.match(text)
    if match is None:
        return None
    return LogLine(service, _level(match["level"]), QUERY.sub("", match["text"])[:LONGEST_MESSAGE])


def _from_traceback(service: str, text: str) -> LogLine | None:
    if TRACEBACK.match(text):
        return LogLine(service, "error", text)
    match = EXCEPTION.match(text)
    return LogLine(service, "error", match["name"]) if match else None


def _level(name: str) -> str:
    known = {"critical": "error", "fatal": "error", "warn": "warning"}
    level = known.get(name.lower(), name.lower())
    return level if level in LEVELS else "info"


def _time(found: Any, otherwise: str) -> str:
    try:
        datetime.fromisoformat(found)
    except (TypeError, ValueError):
        return otherwise
    return str(found)

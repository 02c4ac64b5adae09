"""Function calls that a small model writes into its text as JSON: kept from the voice, and read.

Only text that could begin a call is held back: a brace, or one of the wrappers that models put around calls. It is
passed on as soon as it turns out to be something else. What follows a call is not passed on: it speaks of a result that
the model has not seen.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_WRAPPERS = ("```", "<tool_call>", "<tools>", "<function_call>", "<|python_tag|>", "[TOOL_CALLS]")
_MARK = re.compile(r"[`<\[{]")
_LEAD = re.compile(r"(?:```\w*|<tool_call>|<tools>|<function_call>|<\|python_tag\|>|\[TOOL_CALLS\]|\[(?!T)|\s)*")
_BEGINS_CALL = re.compile(r"""\{\s*["'](?:name|function|tool_calls?)["']\s*:""")
_NAME_KEY = re.compile(r"""["']name["']\s*:""")
_ARGUMENTS_KEY = re.compile(r"""["'](?:arguments|parameters)["']\s*:""")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a function; `arguments` is a JSON object as text."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class _Object:
    """A JSON object, or what tried to be one, in a text: where it ends, and the call that it is, if it is one."""

    end: int
    call: ToolCall | None = None
    broken: bool = False


class ToolTextGuard:
    """Stands between the stream of an answer and the voice. Without tools everything passes."""

    def __init__(self, tool_names: Sequence[str]) -> None:
        self._names = frozenset(tool_names)
        self._held = ""
        self._found: _Object | None = None

    def feed(self, text: str) -> str:
        """Take in the next text and return what is surely no part of a call."""
        if not self._names:
            return text
        self._held += text
        speech = ""
        while self._found is None and self._held:
            passed, waits = self._pass_on()
            speech += passed
            if waits:
                break
        return speech

    def finish(self) -> tuple[str, ToolCall | None, bool]:
        """End the stream: the rest of the speech, the call, and whether there was a call that cannot be read.

        In the last case it is worth asking the model once more, with `call_schema`.
        """
        held, found = self._held, self._found
        self._held, self._found = "", None
        if found is not None:
            return "", found.call, found.broken
        if _BEGINS_CALL.search(held) or held.startswith(_WRAPPERS[1:]):
            return "", None, True
        return held, None, False

    def _pass_on(self) -> tuple[str, bool]:
        """Pass on text up to the next thing that could be a call; say whether that has to wait for more text."""
        mark = _MARK.search(self._held)
        start = mark.start() if mark else len(self._held)
        speech, self._held = self._held[:start], self._held[start:]
        brace = _LEAD.match(self._held)
        at = brace.end() if brace else 0
        if _may_become_call(self._held[at:]):
            return speech, True
        if not _begins_object(self._held[at:]):
            return speech + self._drop(1), False
        found = _read_object(self._held, at, self._names)
        if found is None:
            return speech, True
        if found.call or found.broken:
            self._found = found
            return speech, False
        return speech + self._drop(found.end), False

    def _drop(self, count: int) -> str:
        dropped, self._held = self._held[:count], self._held[count:]
        return dropped


def call_schema(tools: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the `response_format` that holds a model to a call of one of these function tools."""
    calls = [
        {
            "type": "object",
            "properties": {"name": {"const": tool["name"]}, "arguments": tool.get("parameters") or {"type": "object"}},
            "required": ["name", "arguments"],
            "additionalProperties": False,
        }
        for tool in tools
    ]
    schema = {"name": "tool_call", "strict": True, "schema": {"anyOf": calls}}
    return {"type": "json_schema", "json_schema": schema}


def _may_become_call(rest: str) -> bool:
    """Whether this, behind complete wrappers, is too short to tell."""
    return rest.rstrip() in ("", "{") or any(wrapper.startswith(rest) for wrapper in _WRAPPERS)


def _begins_object(rest: str) -> bool:
    return rest.startswith("{") and rest[1:].lstrip()[0] in "\"'"


def _read_object(text: str, at: int, names: frozenset[str]) -> _Object | None:
    """Read the object that begins at `at`; None when it is not complete yet."""
    try:
        value, end = _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        end_of_braces = _closing_brace(text, at)
        if end_of_braces is None:
            return None
        source = text[at:end_of_braces]
        return _Object(end_of_braces, broken=_looks_like_call(source, names))
    call = _as_call(value, names)
    return _Object(end, call, broken=call is None and _looks_like_call(text[at:end], names))


def _closing_brace(text: str, at: int) -> int | None:
    """Where the brace at `at` is closed, strings aside; None if it is not."""
    depth = 0
    for token in re.finditer(r'"(?:[^"\\]|\\.)*(?:"|$)|[{}]', text[at:], re.DOTALL):
        depth += {"{": 1, "}": -1}.get(token.group(), 0)
        if depth == 0:
            return at + token.end()
    return None


def _looks_like_call(source: str, names: frozenset[str]) -> bool:
    """Whether this was meant as a call: it names a function that there is, or has a name and arguments."""
    if not (_NAME_KEY.search(source) or _BEGINS_CALL.search(source)):
        return False
    return _ARGUMENTS_KEY.search(source) is not None or any(
        f"{quote}{name}{quote}" in source for name in names for quote in "\"'"
    )


def _as_call(value: Any, names: frozenset[str]) -> ToolCall | None:
    value = _unwrapped(value)
    name = value.get("name", value.get("function"))
    arguments = value.get("arguments", value.get("parameters", {}))
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            return None
    if not isinstance(name, str) or name not in names or not isinstance(arguments, dict):
        return None
    return ToolCall(name, json.dumps(arguments, ensure_ascii=False))


def _unwrapped(value: dict[str, Any]) -> dict[str, Any]:
    """The innermost of {"tool_calls": [{"function": {"name": …}}]}, of which models write any part."""
    calls = value.get("tool_calls")
    if isinstance(calls, list) and calls and isinstance(calls[0], dict):
        value = calls[0]
    for key in ("tool_call", "function"):
        inner = value.get(key)
        if isinstance(inner, dict):
            value = inner
    return value

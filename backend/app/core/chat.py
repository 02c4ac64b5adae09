"""The items of a conversation as the messages of the chat completions protocol.

A call is sent only with its result, and the result right behind it, also when somebody spoke in between: servers
refuse anything else. Messages of one role that follow each other become one, for some chat templates insist that roles
take turns.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from app.core.items import Item

Message = dict[str, Any]

CUT_OFF = "…"
"""Ends what was heard of an answer, so that the model sees that it was interrupted."""

# What a chat template adds to each message.
_TOKENS_PER_MESSAGE = 4


def item_tokens(item: Item, count: Callable[[str], int]) -> int:
    """Return how many tokens an item takes at most, with `count` for the tokens of a text."""
    texts = (item.said, item.name, item.arguments, item.output)
    return _TOKENS_PER_MESSAGE + sum(count(text) for text in texts if text)


def turns(items: Iterable[Item]) -> list[list[Item]]:
    """Cut a conversation into turns: each begins with a message of the user; the first may begin without."""
    result: list[list[Item]] = []
    for item in items:
        if not result or item.role == "user":
            result.append([])
        result[-1].append(item)
    return result


def chat_messages(items: Sequence[Item]) -> list[Message]:
    """Return the messages that say what these items say; items without words are left out."""
    results = _results(items)
    messages: list[Message] = []
    for kind, group in groupby(items, lambda item: item.kind):
        if kind == "message":
            for item in group:
                _add_message(messages, item)
        elif kind == "function_call":
            _add_calls(messages, [item for item in group if item.call_id in results], results)
    return messages


def _results(items: Iterable[Item]) -> dict[str | None, Item]:
    """The results of calls that came before them, by the call's id; the first one of each counts."""
    called: set[str | None] = set()
    results: dict[str | None, Item] = {}
    for item in items:
        if item.kind == "function_call":
            called.add(item.call_id)
        elif item.kind == "function_call_output" and item.call_id in called:
            results.setdefault(item.call_id, item)
    return results


def _add_message(messages: list[Message], item: Item) -> None:
    text = item.said
    if not text:
        return
    if item.cut_off:
        text = text.rstrip(".。,、") + CUT_OFF
    last = messages[-1] if messages else None
    if last is not None and last["role"] == item.role:
        last["content"] += "\n" + text
    else:
        messages.append({"role": item.role, "content": text})


def _add_calls(messages: list[Message], calls: Sequence[Item], results: Mapping[str | None, Item]) -> None:
    """Add calls to what the assistant said before them, and their results right behind."""
    if not calls:
        return
    if not messages or messages[-1]["role"] != "assistant":
        messages.append({"role": "assistant", "content": ""})
    messages[-1]["tool_calls"] = [
        {
            "id": call.call_id,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments or "{}"},
        }
        for call in calls
    ]
    for call in calls:
        result = results[call.call_id].output or ""
        messages.append({"role": "tool", "tool_call_id": call.call_id, "content": result})

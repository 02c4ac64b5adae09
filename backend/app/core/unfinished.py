"""An answer that was not heard to its end: what of it was heard, and what is left to say."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.heard import heard_of, likely_ms
from app.core.items import Item


@dataclass(frozen=True, slots=True)
class Unfinished:
    """`written` is all of the answer's text that exists: `heard`, then `rest`; `finished`: the model wrote no more."""

    item_id: str
    heard: str
    rest: str
    written: str
    finished: bool


def unfinished(
    item: Item,
    sentences: Sequence[tuple[str, int]],
    written: str,
    *,
    finished: bool,
    played_ms: int | None,
) -> Unfinished | None:
    """Return what is left of the assistant's message, None if nothing is.

    Args:
        item: the message. One that was interrupted stays interrupted.
        sentences: what was sent of it: (text, milliseconds of its sound).
        written: its text as far as it was made, sent or not.
        finished: whether that is all of it.
        played_ms: how much of its sound was played, by the client's own count. None, when the client cannot tell:
            then the last sentence that was being sent counts as not heard.
    """
    if item.role != "assistant" or any(part.heard is not None for part in item.parts):
        return None
    sent = "".join(text for text, _ in sentences)
    whole = written if written.startswith(sent) else sent
    heard = _heard(item, sentences, sent, played_ms)
    rest = whole[len(heard) :]
    if finished and not rest.strip():
        return None
    return Unfinished(item.id, heard, rest, whole, finished)


def _heard(item: Item, sentences: Sequence[tuple[str, int]], sent: str, played_ms: int | None) -> str:
    if not sentences or all(part.kind == "output_text" for part in item.parts):
        return sent  # read, not heard
    under_way = item.status == "in_progress"
    if played_ms is None:
        return "".join(text for text, _ in sentences[:-1]) if under_way else sent
    *before, (last, sent_ms) = sentences
    # Of the last sentence more sound may have been made than was noted: its whole length is estimated.
    last_ms = max(sent_ms, likely_ms(last)) if under_way else sent_ms
    return heard_of([*before, (last, last_ms)], played_ms)

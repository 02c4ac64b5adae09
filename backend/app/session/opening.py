"""Which conversation a session is of: a new one, an old one that is continued, or one that is taken up after a loss."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.items import Item
from app.core.unfinished import Unfinished, unfinished
from app.errors import RequestError, StoreError, UnknownConversation
from app.ports import ConversationStore, KeptConversation, KeptItem
from app.session.state import SessionState
from app.wire.session_shape import ConversationChoice, HeardShape

PARAM = "session.kaiwa.conversation"


@dataclass(frozen=True, slots=True)
class Found:
    """An old conversation. `unfinished` is the answer to go on with; `answer_follows`: there will be one now."""

    conversation: KeptConversation
    unfinished: Unfinished | None
    answer_follows: bool


async def begin(state: SessionState, *, keep: bool) -> None:
    """Begin a new conversation, with what was said in this session so far.

    Raises:
        StoreError: it cannot be kept.
    """
    await state.keeping.begin(state.services.conversations if keep else state.services.private)
    state.keeping.place([item.id for item in state.conversation.history.items()])


async def find(state: SessionState, choice: ConversationChoice) -> Found:
    """Find the conversation that the client names, and make it this session's.

    Raises:
        RequestError: there is none, it cannot be had, or something was said in this session already.
    """
    if state.conversation.history.items():
        raise RequestError("Name the old conversation before anything is said in the new session.", param=PARAM)
    try:
        found = await _take(state, choice)
    except UnknownConversation as error:
        error.param = PARAM
        raise
    except StoreError as error:
        raise RequestError(str(error), code=error.code, param=PARAM) from None
    left = _left(found.items, choice.heard)
    state.conversation.restore(found.items)
    if left:
        state.conversation.settle(left.item_id, left.heard)
    taken_up = choice.token is not None
    wanted = choice.heard is not None or found.answer_due
    follows = taken_up and wanted and (left is not None or _is_unanswered(found.items))
    return Found(found, left if follows else None, follows)


async def _take(state: SessionState, choice: ConversationChoice) -> KeptConversation:
    stores: Sequence[ConversationStore] = (state.services.conversations,)
    if choice.token:  # it does not say where it is from; asking memory first is cheap
        stores = (state.services.private, *stores)
    for store in stores:
        try:
            return await state.keeping.take(
                store, conversation_id=choice.id, token=choice.token, most=state.limits.items
            )
        except UnknownConversation:
            continue
    raise UnknownConversation


def _left(items: Sequence[KeptItem], heard: HeardShape | None) -> Unfinished | None:
    """What is left of the last answer, if it was not heard to its end."""
    if not items:
        return None
    last = items[-1]
    played_ms = heard.audio_end_ms if heard and heard.item_id == last.item.id else None
    if played_ms is None and last.item.status != "in_progress":
        return None
    return unfinished(last.item, last.sentences, last.written, finished=last.finished, played_ms=played_ms)


def _is_unanswered(items: Sequence[KeptItem]) -> bool:
    return bool(items) and _asks(items[-1].item)


def _asks(item: Item) -> bool:
    return item.role == "user" or item.kind == "function_call_output"

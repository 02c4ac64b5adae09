"""Private conversations: in memory only, and not for long."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from app.errors import ConversationLost, StoreError, UnknownConversation
from app.ports import ConversationChange, KeptConversation, KeptItem
from app.store.identity import new_conversation
from app.store.words import title_of

KEPT_S = 60.0
"""How long a conversation waits for somebody to take it up again."""

MOST_CONVERSATIONS = 1000
MOST_ITEMS = 1000  # of each; the oldest make room
_SLACK_S = 0.1  # the event loop's timers may be a little early


@dataclass(slots=True)
class _Private:
    """One conversation."""

    known_as: KeptConversation
    holder: str | None
    released_at: float | None = None
    items: dict[str, KeptItem] = field(default_factory=dict)

    def in_order(self) -> list[KeptItem]:
        return sorted(self.items.values(), key=lambda kept: (kept.position, kept.item.id))


class MemoryConversations:
    """`ports.ConversationStore` without a disk: after its release a conversation is kept for a minute.

    Args:
        clock: seconds that only grow.
        unix_time: what is written down as the time of an item.
        most: how many there may be; the one released first makes room.
        kept_s: that minute.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        unix_time: Callable[[], float],
        *,
        most: int = MOST_CONVERSATIONS,
        kept_s: float = KEPT_S,
    ) -> None:
        self._clock, self._unix_time = clock, unix_time
        self._most, self._kept_s = most, kept_s
        self._by_id: dict[str, _Private] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    async def create(self, holder: str) -> KeptConversation:
        """Begin a conversation that this session holds.

        Raises:
            StoreError: there are too many already.
        """
        self._forget_expired()
        if len(self._by_id) >= self._most:
            self._make_room()
        made = new_conversation()
        self._by_id[made.id] = _Private(made, holder)
        return made

    async def take(
        self, holder: str, *, conversation_id: str | None = None, token: str | None = None, most: int = 1000
    ) -> KeptConversation:
        """Find a conversation and make this session its holder. Raises as the port says."""
        self._forget_expired()
        found = self._find(conversation_id, token)
        found.holder, found.released_at = holder, None
        return replace(found.known_as, items=tuple(found.in_order()[-most:]))

    async def save(self, conversation_id: str, holder: str, change: ConversationChange) -> None:
        """Remember what is new. Raises as the port says."""
        self._forget_expired()
        found = self._by_id.get(conversation_id)
        if found is None or found.holder != holder:
            raise ConversationLost(deleted=found is None)
        for item_id in change.deleted:
            found.items.pop(item_id, None)
        for kept in change.items:
            before = found.items.get(kept.item.id, kept)
            found.items[kept.item.id] = replace(kept, created_at=before.created_at or self._unix_time())
        for oldest in found.in_order()[:-MOST_ITEMS]:
            del found.items[oldest.item.id]
        title = found.known_as.title or title_of(change.items)
        found.known_as = replace(found.known_as, title=title, answer_due=change.answer_due)

    async def release(self, conversation_id: str, holder: str) -> None:
        """Say that this session is over; a conversation in which nothing was said goes with it."""
        found = self._by_id.get(conversation_id)
        if found is None or found.holder != holder:
            return
        if not any(kept.item.kind == "message" for kept in found.items.values()):
            del self._by_id[conversation_id]
            return
        found.holder, found.released_at = None, self._clock()
        asyncio.get_running_loop().call_later(self._kept_s + _SLACK_S, self._forget_expired)

    def delete(self, conversation_id: str) -> bool:
        """Forget a conversation; the session that holds it learns of it when it next saves. False: there was none."""
        return self._by_id.pop(conversation_id, None) is not None

    def _find(self, conversation_id: str | None, token: str | None) -> _Private:
        if conversation_id is not None:
            found = self._by_id.get(conversation_id)
        else:
            found = next((each for each in self._by_id.values() if each.known_as.token == token), None)
        if found is None:
            raise UnknownConversation
        return found

    def _forget_expired(self) -> None:
        since = self._clock() - self._kept_s
        expired = [
            each for each, kept in self._by_id.items() if kept.released_at is not None and kept.released_at <= since
        ]
        for conversation_id in expired:
            del self._by_id[conversation_id]

    def _make_room(self) -> None:
        released = {each: kept.released_at for each, kept in self._by_id.items() if kept.released_at is not None}
        if not released:
            raise StoreError(f"There are {self._most} private conversations already.")
        del self._by_id[min(released, key=released.__getitem__)]

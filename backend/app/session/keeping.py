"""Writing a conversation down as it grows, so that it outlives its socket and its process.

What changes is noted at once and written a moment later by one task, each item in its newest form; while the store
fails nothing is lost but time. Of each conversation one session is the holder: a newer one takes it over.
"""

import asyncio
from collections.abc import Callable

from app.errors import ConversationLost, StoreError
from app.log import logger
from app.ports import ConversationChange, ConversationStore, KeptConversation, KeptItem

log = logger()

_PAUSE_S = 0.1  # between two writings, each of which takes all that is new
_LONGEST_PAUSE_S = 30.0  # while the store fails
_LAST_WRITING_S = 3.0

ReadItem = Callable[[str, int], KeptItem | None]
"""Gives an item as it is to be kept, by its id and position; None for one that is gone or says nothing yet."""


class Holders:
    """The sessions of this process that hold a conversation, so that an older one can hand it over in good order."""

    def __init__(self) -> None:
        self._by_name: dict[str, Keeping] = {}

    def add(self, keeping: "Keeping", conversation: KeptConversation) -> None:
        """Remember who holds it, by its id and by its token."""
        self._by_name |= {conversation.id: keeping, conversation.token: keeping}

    def remove(self, keeping: "Keeping") -> None:
        """Forget a session, unless another has taken its place."""
        self._by_name = {name: each for name, each in self._by_name.items() if each is not keeping}

    async def hand_over(self, name: str) -> None:
        """Have the session that holds this conversation, if one does, write its last and give it up."""
        if (older := self._by_name.get(name)) is not None:
            await older.give_up()


class Keeping:
    """The conversation of one session, in a store. Before `begin` or `take` it keeps nothing.

    Args:
        holder: the session's id.
        holders: of this process.
        read_item: gives an item as it is now.
        on_lost: called when another session has taken the conversation over, or it was deleted.
        on_failure: called when the store begins to fail.
    """

    def __init__(
        self,
        holder: str,
        holders: Holders,
        read_item: ReadItem,
        *,
        on_lost: Callable[[ConversationLost], None],
        on_failure: Callable[[StoreError], None],
    ) -> None:
        self.conversation: KeptConversation | None = None
        self._holder, self._holders, self._read_item = holder, holders, read_item
        self._on_lost, self._on_failure = on_lost, on_failure
        self._store: ConversationStore | None = None  # None: there is no conversation to write to
        self._positions: dict[str, int] = {}
        self._changed: dict[str, None] = {}  # a set that keeps its order
        self._deleted: dict[str, None] = {}
        self._due = False
        self._news = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()

    @property
    def store(self) -> ConversationStore | None:
        """Where the conversation is kept; None while there is none."""
        return self._store

    # which conversation

    async def begin(self, store: ConversationStore) -> KeptConversation:
        """Begin a new conversation.

        Raises:
            StoreError: it cannot be kept.
        """
        return self._open(store, await store.create(self._holder))

    async def take(
        self, store: ConversationStore, *, conversation_id: str | None = None, token: str | None = None, most: int
    ) -> KeptConversation:
        """Go on with an old conversation, of which the newest `most` items are given.

        Raises:
            UnknownConversation: there is none.
            StoreError: the store cannot be asked.
        """
        await self._holders.hand_over(conversation_id or token or "")
        found = await store.take(self._holder, conversation_id=conversation_id, token=token, most=most)
        self._positions = {kept.item.id: kept.position for kept in found.items}
        self._due = found.answer_due
        return self._open(store, found)

    def _open(self, store: ConversationStore, conversation: KeptConversation) -> KeptConversation:
        self._store, self.conversation = store, conversation
        self._holders.add(self, conversation)
        return conversation

    # what is new

    def place(self, item_ids: list[str]) -> None:
        """Take note of the order of all items, the newest of which may be new."""
        if self._store is None:  # `begin` is followed by this, with all there is
            return
        first, last = min(self._positions.values(), default=1), max(self._positions.values(), default=0)
        known = [item_id for item_id in item_ids if item_id in self._positions]
        self._positions = {item_id: self._positions[item_id] for item_id in known}  # others made room, and stay kept
        if item_ids[: len(known)] == known:  # what is new is at the end
            places = enumerate(item_ids[len(known) :], last + 1)
        else:
            places = enumerate(item_ids, first)
        for position, item_id in places:
            self._positions[item_id] = position
            self.change(item_id)

    def change(self, item_id: str) -> None:
        """Take note that an item is new or has changed."""
        if self._store is not None:
            self._changed[item_id] = None
            self._news.set()

    def delete(self, item_id: str) -> None:
        """Take note that an item is to be forgotten. One that merely made room for others stays kept."""
        self._changed.pop(item_id, None)
        if self._positions.pop(item_id, None) is not None:
            self._deleted[item_id] = None
            self._news.set()

    def expect_answer(self, *, due: bool) -> None:
        """Take note whether an answer is to be given."""
        is_news, self._due = due is not self._due, due
        if is_news and self._store is not None:
            self._news.set()

    # writing it down

    async def run(self) -> None:
        """Write whatever is new, until the conversation is lost."""
        failures = 0
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self._write()
            except ConversationLost as lost:
                self._lose(lost)
                return
            except StoreError as error:
                self._news.set()
                if not failures:
                    log.warning("conversation.unkept", code=error.code, reason=str(error))
                    self._on_failure(error)
                failures += 1
            else:
                failures = 0
            await asyncio.sleep(min(_LONGEST_PAUSE_S, _PAUSE_S * 2**failures))

    async def _write(self) -> None:
        async with self._one_at_a_time:
            if self._store is None or self.conversation is None:
                return
            changed, self._changed = self._changed, {}
            deleted, self._deleted = self._deleted, {}
            places = {item_id: self._positions[item_id] for item_id in changed if item_id in self._positions}
            items = [self._read_item(item_id, position) for item_id, position in places.items()]
            change = ConversationChange(tuple(item for item in items if item), tuple(deleted), self._due)
            try:
                await self._store.save(self.conversation.id, self._holder, change)
            except BaseException:  # whatever kept it from being written, it is still to be written
                self._changed, self._deleted = changed | self._changed, deleted | self._deleted
                raise

    async def give_up(self) -> None:
        """Write what is new and leave the conversation to another session."""
        await self.end()
        self._lose(ConversationLost(deleted=False))

    async def end(self) -> None:
        """Write what is new, once more, and let go of the conversation."""
        if self._store is None or self.conversation is None:
            return
        try:
            async with asyncio.timeout(_LAST_WRITING_S):
                await self._write()
                await self._store.release(self.conversation.id, self._holder)
        except ConversationLost:
            log.info("conversation.was_taken_over")
        except (StoreError, TimeoutError) as error:
            log.warning("conversation.end_unkept", reason=str(error) or "the store took too long")
        self._holders.remove(self)
        self._store = None

    def _lose(self, lost: ConversationLost) -> None:
        self._holders.remove(self)
        self._store = None
        self._on_lost(lost)

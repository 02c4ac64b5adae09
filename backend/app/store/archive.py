"""The conversations as people look through them: newest first, searched, renamed, deleted."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, RowMapping, delete, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.errors import UnknownConversation
from app.ports import KeptItem
from app.store.conversations import newest_items
from app.store.statements import has_message
from app.store.store import Store
from app.store.tables import conversations, items
from app.store.words import fold

Place = tuple[float, str]
"""Where a page ends: time of the last change and id of its last conversation."""

_messages = (
    select(func.count())
    .where(items.c.conversation_id == conversations.c.id, items.c.kind == "message")
    .scalar_subquery()
    .label("messages")
)
_summaries = select(
    conversations.c.id,
    conversations.c.title,
    conversations.c.created_at,
    conversations.c.updated_at,
    _messages,
)


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation in a list; times are Unix seconds."""

    id: str
    title: str
    created_at: float
    updated_at: float
    messages: int

    @property
    def place(self) -> Place:
        """Where it stands among the others."""
        return self.updated_at, self.id


@dataclass(frozen=True, slots=True)
class Page:
    """Some conversations, the newest first; `next` is where the page after begins, None if there is none."""

    conversations: Sequence[Summary]
    next: Place | None


class Archive:
    """What is kept in `store`. Conversations without a message are not shown in lists."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def list(self, query: str = "", *, limit: int = 50, after: Place | None = None) -> Page:
        """Return conversations that have `query` in their title or in what was said; case and width do not matter.

        Raises:
            StoreError: the store cannot be asked.
        """
        statement = _summaries.where(has_message)
        if wanted := fold(query.strip()):
            statement = statement.where(_has_words(wanted))
        if after:
            statement = statement.where(tuple_(conversations.c.updated_at, conversations.c.id) < tuple_(*after))
        newest_first = statement.order_by(conversations.c.updated_at.desc(), conversations.c.id.desc())
        found = await self._store.read(lambda connection: connection.execute(newest_first.limit(limit + 1)))
        rows = found.mappings().all()
        shown = [Summary(**row) for row in rows[:limit]]
        return Page(shown, shown[-1].place if len(rows) > limit else None)

    async def get(self, conversation_id: str) -> tuple[Summary, tuple[KeptItem, ...]]:
        """Return a conversation and all its items, in order.

        Raises:
            UnknownConversation: there is none.
            StoreError: the store cannot be asked.
        """

        async def look(connection: AsyncConnection) -> tuple[Summary, tuple[KeptItem, ...]]:
            summary = await _summary(connection, conversation_id)
            return summary, await newest_items(connection, conversation_id)

        return await self._store.read(look)

    async def rename(self, conversation_id: str, title: str) -> Summary:
        """Give a conversation a title, which it then keeps.

        Raises:
            UnknownConversation: there is none.
            StoreError: it cannot be written.
        """
        renaming = update(conversations).where(conversations.c.id == conversation_id)

        async def change(connection: AsyncConnection) -> Summary:
            await connection.execute(renaming.values(title=title, folded_title=fold(title)))
            return await _summary(connection, conversation_id)

        return await self._store.write(conversation_id, change)

    async def delete(self, conversation_id: str) -> bool:
        """Delete a conversation; the session that holds it learns of it when it next saves. False: there was none.

        Raises:
            StoreError: it cannot be deleted.
        """
        deleting = delete(conversations).where(conversations.c.id == conversation_id)
        gone = await self._store.write(conversation_id, lambda connection: connection.execute(deleting))
        return gone.rowcount > 0


def _has_words(wanted: str) -> ColumnElement[bool]:
    said = (
        select(items.c.id)
        .where(items.c.conversation_id == conversations.c.id, items.c.folded.contains(wanted, autoescape=True))
        .exists()
    )
    return or_(conversations.c.folded_title.contains(wanted, autoescape=True), said)


async def _summary(connection: AsyncConnection, conversation_id: str) -> Summary:
    found = await connection.execute(_summaries.where(conversations.c.id == conversation_id))
    row: RowMapping | None = found.mappings().one_or_none()
    if row is None:
        raise UnknownConversation
    return Summary(**row)

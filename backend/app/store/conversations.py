"""Conversations in the database: `ports.ConversationStore`."""

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.errors import ConversationLost, StoreError, UnknownConversation
from app.log import logger
from app.ports import ConversationChange, KeptConversation, KeptItem
from app.store.identity import new_conversation
from app.store.rows import from_row, to_row
from app.store.statements import has_message, touch, write_items
from app.store.store import Store
from app.store.tables import conversations, items
from app.store.words import title_of

log = logger()


class Conversations:
    """Those in `store`. Each method is one transaction, so that processes which share the database agree."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def create(self, holder: str) -> KeptConversation:
        """Begin a conversation that this session holds. Raises as the port says."""
        made = new_conversation()
        now = self._store.unix_time()
        row = {"id": made.id, "token": made.token, "holder": holder, "created_at": now, "updated_at": now}
        await self._store.write(made.id, lambda connection: connection.execute(insert(conversations).values(row)))
        return made

    async def take(
        self, holder: str, *, conversation_id: str | None = None, token: str | None = None, most: int = 1000
    ) -> KeptConversation:
        """Find a conversation and make this session its holder. Raises as the port says."""
        asked = conversations.c.token == token if conversation_id is None else conversations.c.id == conversation_id
        about = conversation_id or token or ""
        return await self._store.write(about, lambda connection: _take(connection, asked, holder, most))

    async def save(self, conversation_id: str, holder: str, change: ConversationChange) -> None:
        """Write down what is new; what is in both its lists is kept. Raises as the port says."""
        now = self._store.unix_time()
        await self._store.write(
            conversation_id, lambda connection: _save(connection, conversation_id, holder, change, now)
        )

    async def release(self, conversation_id: str, holder: str) -> None:
        """Say that this session is over; a conversation in which nothing was said goes with it."""
        try:
            await self._store.write(conversation_id, lambda connection: _release(connection, conversation_id, holder))
        except StoreError as error:  # harmless: whoever takes it up next becomes its holder all the same
            log.warning("conversation.unreleased", conversation_id=conversation_id, reason=str(error))


async def newest_items(
    connection: AsyncConnection, conversation_id: str, most: int | None = None
) -> tuple[KeptItem, ...]:
    """Return the newest items of a conversation, in order; all of them if `most` is None."""
    newest_first = (
        select(items)
        .where(items.c.conversation_id == conversation_id)
        .order_by(items.c.position.desc(), items.c.id.desc())
        .limit(most)
    )
    rows = (await connection.execute(newest_first)).mappings().all()
    return tuple(from_row(row) for row in reversed(rows))


async def _take(connection: AsyncConnection, asked: ColumnElement[bool], holder: str, most: int) -> KeptConversation:
    shown = (conversations.c[name] for name in ("id", "token", "title", "answer_due"))
    taking = update(conversations).where(asked).values(holder=holder).returning(*shown)
    found = (await connection.execute(taking)).mappings().one_or_none()
    if found is None:
        raise UnknownConversation
    return KeptConversation(**found, items=await newest_items(connection, found["id"], most))


async def _save(
    connection: AsyncConnection, conversation_id: str, holder: str, change: ConversationChange, now: float
) -> None:
    noting = touch(conversation_id, holder, now=now, answer_due=change.answer_due, title=title_of(change.items))
    if not (await connection.execute(noting)).rowcount:
        found = await connection.execute(select(conversations.c.id).where(conversations.c.id == conversation_id))
        raise ConversationLost(deleted=found.first() is None)
    if change.deleted:
        gone = delete(items).where(items.c.conversation_id == conversation_id, items.c.id.in_(change.deleted))
        await connection.execute(gone)
    if change.items:
        rows = [to_row(conversation_id, kept, now) for kept in change.items]
        await connection.execute(write_items(connection.dialect.name), rows)


async def _release(connection: AsyncConnection, conversation_id: str, holder: str) -> None:
    held = (conversations.c.id == conversation_id, conversations.c.holder == holder)
    await connection.execute(delete(conversations).where(*held, ~has_message))
    await connection.execute(update(conversations).where(*held).values(holder=None))

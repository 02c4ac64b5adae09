"""Statements that are more than a line, in words that SQLite and PostgreSQL share."""

from functools import cache

from sqlalchemy import Delete, Update, case, delete, exists, literal, update
from sqlalchemy.dialects import postgresql, sqlite

from app.store.tables import AnyText, conversations, items
from app.store.words import fold

_KEY = ("conversation_id", "id")
_WRITTEN_ONCE = {*_KEY, "created_at"}

has_message = exists().where(items.c.conversation_id == conversations.c.id, items.c.kind == "message")


@cache
def write_items(dialect: str) -> sqlite.Insert | postgresql.Insert:
    """Return the statement that writes items, new ones and changed ones alike; each set of values is a row."""
    statement: sqlite.Insert | postgresql.Insert
    statement = sqlite.insert(items) if dialect == "sqlite" else postgresql.insert(items)
    changed = {column.name: statement.excluded[column.name] for column in items.c if column.name not in _WRITTEN_ONCE}
    return statement.on_conflict_do_update(index_elements=_KEY, set_=changed)


def touch(conversation_id: str, holder: str, *, now: float, answer_due: bool, title: str) -> Update:
    """Return the statement that notes a change, if `holder` is the holder; `title` is for one that has none."""
    is_untitled = conversations.c.title == ""
    return (
        update(conversations)
        .where(conversations.c.id == conversation_id, conversations.c.holder == holder)
        .values(
            updated_at=now,
            answer_due=answer_due,
            title=case((is_untitled, literal(title, AnyText())), else_=conversations.c.title),
            folded_title=case((is_untitled, fold(title)), else_=conversations.c.folded_title),
        )
    )


def drop_unused(untouched_since: float) -> Delete:
    """Return the statement that forgets conversations without a message that nobody has touched for long."""
    return delete(conversations).where(conversations.c.updated_at < untouched_since, ~has_message)

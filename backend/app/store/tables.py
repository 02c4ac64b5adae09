"""The tables as the code sees them; `migrations` make them, and a test holds the two to each other."""

import re
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Double,
    ForeignKey,
    Index,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    false,
)

_MARK = "\x1a"
_UNSTORABLE = re.compile(f"[\0{_MARK}\ud800-\udfff]")
_STORED = re.compile(f"{_MARK}([0-9a-f]{{4}})")


class AnyText(TypeDecorator[str]):
    """Text of any characters: clients and models also write NUL and halves of surrogate pairs, which UTF-8 lacks."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Write the characters that a database refuses as a mark and their number."""
        return value and _UNSTORABLE.sub(lambda found: f"{_MARK}{ord(found[0]):04x}", value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - as above
        """Read them back."""
        return value and _STORED.sub(lambda found: chr(int(found[1], 16)), value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", AnyText, primary_key=True),
    Column("token", AnyText, nullable=False, unique=True),
    Column("title", AnyText, nullable=False, server_default=""),
    Column("folded_title", Text, nullable=False, server_default=""),
    Column("created_at", Double, nullable=False),  # Unix seconds, as all times here
    Column("updated_at", Double, nullable=False),
    Column("holder", Text),  # the session that may write; NULL is nobody
    Column("answer_due", Boolean, nullable=False, server_default=false()),
    Index(None, "updated_at", "id"),
)

items = Table(
    "items",
    metadata,
    Column("conversation_id", AnyText, ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("id", AnyText, primary_key=True),  # a client may choose it, so it is one of its conversation only
    Column("position", BigInteger, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("kind", Text, nullable=False),
    Column("role", Text),
    Column("status", Text, nullable=False),
    Column("parts", JSON, nullable=False),
    Column("call_id", AnyText),
    Column("name", AnyText),
    Column("arguments", AnyText),
    Column("output", AnyText),
    Column("sentences", JSON, nullable=False),
    Column("written", AnyText, nullable=False),
    Column("finished", Boolean, nullable=False),
    Column("folded", Text, nullable=False),
    Index(None, "conversation_id", "position"),
)

Row = dict[str, Any]

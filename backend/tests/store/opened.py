"""Stores for tests, with a clock that stands still until it is told otherwise."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import text

from app.core.items import Item, Part
from app.ports import KeptItem
from app.store.address import read_address
from app.store.engine import STATEMENT_S
from app.store.store import Store

LONG_AGO = 1_000_000_000.0


class Clock:
    """Both kinds of time."""

    def __init__(self) -> None:
        self.now = LONG_AGO

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def open_store(
    url: str, root: Path, clock: Clock | None = None, statement_s: float = STATEMENT_S
) -> AsyncGenerator[Store]:
    clock = clock or Clock()
    async with Store(read_address(url, root), clock, clock, statement_s) as store:
        yield store


async def hide_table(store: Store) -> None:
    """Let most of what the store does fail."""
    await store.write("", lambda connection: connection.execute(text("ALTER TABLE items RENAME TO hidden")))


async def show_table(store: Store) -> None:
    """Let it succeed again."""
    await store.write("", lambda connection: connection.execute(text("ALTER TABLE hidden RENAME TO items")))


def said(words: str, position: int = 0, *, item_id: str = "") -> KeptItem:
    """What the user said."""
    return KeptItem(Item(item_id or f"item_{position}", role="user", parts=(Part("input_audio", words),)), position)


def answered(words: str, position: int = 0, *, heard: str | None = None) -> KeptItem:
    """What the assistant answered, and how much of it was heard."""
    item = Item(f"item_{position}", role="assistant", parts=(Part("output_audio", words, heard),))
    return KeptItem(item, position, sentences=((words, 900),), written=words)

import asyncio
import builtins
import io
import os
from collections.abc import Callable
from typing import Any

import pytest

from app.errors import ConversationLost, StoreError, UnknownConversation
from app.ports import ConversationChange, KeptConversation
from app.store.memory import KEPT_S, MOST_ITEMS, MemoryConversations
from tests.store.opened import LONG_AGO, Clock, said

HELLO = ConversationChange((said("Hello."),))


async def talk(store: MemoryConversations, holder: str = "a") -> KeptConversation:
    made = await store.create(holder)
    await store.save(made.id, holder, HELLO)
    return made


async def test_a_private_conversation_waits_for_a_minute_and_is_then_forgotten(clock: Clock) -> None:
    store = MemoryConversations(clock, clock)
    made = await talk(store)
    clock.now += 10 * KEPT_S
    await store.save(made.id, "a", HELLO)  # as long as it is held, it stays
    await store.release(made.id, "a")
    clock.now += KEPT_S - 1
    await store.take("b", token=made.token)
    clock.now += KEPT_S  # taken up again, it is held again
    await store.release(made.id, "b")
    clock.now += KEPT_S
    for way in ({"token": made.token}, {"conversation_id": made.id}):
        with pytest.raises(UnknownConversation):
            await store.take("c", **way)  # type: ignore[arg-type]  # one of the two
    with pytest.raises(ConversationLost) as lost:
        await store.save(made.id, "b", HELLO)
    assert lost.value.code == "conversation_deleted"


async def test_it_is_forgotten_though_nobody_asks(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    timers: list[tuple[float, Callable[[], None]]] = []
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "call_later", lambda delay_s, callback: timers.append((delay_s, callback)))
    store = MemoryConversations(clock, clock)
    made = await talk(store)
    await store.release(made.id, "a")
    assert len(store) == 1
    [(delay_s, callback)] = timers
    clock.now += delay_s
    callback()
    assert len(store) == 0


async def test_a_deleted_one_is_gone_for_its_session_too(clock: Clock) -> None:
    store = MemoryConversations(clock, clock)
    made = await talk(store)
    assert store.delete(made.id)
    assert not store.delete(made.id)
    with pytest.raises(ConversationLost) as lost:
        await store.save(made.id, "a", HELLO)
    assert lost.value.code == "conversation_deleted"


async def test_there_are_only_so_many_and_those_released_first_make_room(clock: Clock) -> None:
    store = MemoryConversations(clock, clock, most=3)
    held, first, second = [await talk(store) for _ in range(3)]
    for made in (first, second):
        clock.now += 1
        await store.release(made.id, "a")
    third = await store.create("b")
    with pytest.raises(UnknownConversation):
        await store.take("b", token=first.token)
    await store.take("b", token=second.token)
    assert len(store) == 3
    with pytest.raises(StoreError, match="3 private conversations already"):
        await store.create("c")
    for made in (held, second, third):
        assert (await store.take("d", token=made.token)).id == made.id


async def test_each_holds_only_so_many_items_and_the_oldest_make_room(clock: Clock) -> None:
    store = MemoryConversations(clock, clock)
    made = await store.create("a")
    for begin in (0, MOST_ITEMS):
        items = tuple(said(".", number) for number in range(begin, begin + MOST_ITEMS))
        await store.save(made.id, "a", ConversationChange(items))
    taken = await store.take("a", token=made.token, most=10 * MOST_ITEMS)
    assert [kept.position for kept in taken.items] == list(range(MOST_ITEMS, 2 * MOST_ITEMS))
    assert taken.items[0].created_at == LONG_AGO


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """All files that are opened meanwhile."""
    files: list[Any] = []

    def note(function: Any) -> Any:
        def noting(file: Any, *args: Any, **options: Any) -> Any:
            files.append(file)
            return function(file, *args, **options)

        return noting

    monkeypatch.setattr(builtins, "open", note(builtins.open))
    monkeypatch.setattr(io, "open", note(io.open))
    monkeypatch.setattr(os, "open", note(os.open))
    return files


async def test_nothing_of_it_is_on_the_disk(clock: Clock, opened: list[Any]) -> None:
    store = MemoryConversations(clock, clock)
    made = await talk(store)
    await store.take("b", token=made.token)
    await store.release(made.id, "b")
    assert opened == []
    os.close(os.open(os.devnull, os.O_RDONLY))
    assert opened == [os.devnull]  # it would have been seen

"""What the contract of every store does not say: several processes on one database, and people who look on."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from app.core.items import Item, Part
from app.errors import ConversationLost, StoreError, UnknownConversation
from app.ports import ConversationChange, KeptItem
from app.store.archive import Archive
from app.store.conversations import Conversations
from app.store.store import Store
from tests.store.opened import hide_table, open_store, said

ROUNDS = 20

texts = st.text(st.characters(), max_size=40)
maybe = st.none() | texts
parts = st.builds(
    Part, st.sampled_from(["input_text", "input_audio", "output_text", "output_audio"]), text=maybe, heard=maybe
)
kept_items = st.builds(
    KeptItem,
    item=st.builds(
        Item,
        id=texts,
        kind=st.sampled_from(["message", "function_call", "function_call_output"]),
        role=st.sampled_from([None, "user", "assistant", "system"]),
        parts=st.lists(parts, max_size=3).map(tuple),
        status=st.sampled_from(["in_progress", "completed", "incomplete"]),
        call_id=maybe,
        name=maybe,
        arguments=maybe,
        output=maybe,
    ),
    position=st.integers(-(2**63), 2**63 - 1),
    sentences=st.lists(st.tuples(texts, st.integers(0, 2**53)), max_size=3).map(tuple),
    written=texts,
    finished=st.booleans(),
    created_at=st.floats(0.001, 1e12),
)
several = st.lists(kept_items, max_size=5, unique_by=(lambda kept: kept.item.id, lambda kept: kept.position))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(items=several, answer_due=st.booleans())
async def test_what_is_saved_comes_back_as_it_was(store: Store, items: list[KeptItem], *, answer_due: bool) -> None:
    kept = Conversations(store)
    made = await kept.create("a")
    await kept.save(made.id, "a", ConversationChange(tuple(items), answer_due=answer_due))
    taken = await kept.take("b", token=made.token)
    assert taken.items == tuple(sorted(items, key=lambda each: each.position))
    assert taken.answer_due is answer_due
    _, shown = await Archive(store).get(made.id)
    assert shown == taken.items


async def test_two_processes_never_write_into_one_conversation_at_once(url: str, tmp_path: Path) -> None:
    """Both take it up again and again and write what they may; who is the holder changes, but nothing is mixed."""
    async with open_store(url, tmp_path) as one, open_store(url, tmp_path) as other:
        made = await Conversations(one).create("nobody")
        written: list[str] = []

        async def talk(name: str, store: Store) -> None:
            kept = Conversations(store)
            for number in range(ROUNDS):
                holder = f"{name}{number}"
                seen = len((await kept.take(holder, token=made.token)).items)
                with suppress(ConversationLost):
                    for position in range(seen, seen + 3):
                        await kept.save(made.id, holder, ConversationChange((said(holder, position),)))
                        written.append(holder)

        await asyncio.gather(talk("one", one), talk("other", other))
        items = (await Conversations(one).take("reader", token=made.token)).items
    assert [kept.position for kept in items] == list(range(len(items)))
    assert len(items) == len(written)


async def test_a_session_whose_conversation_is_deleted_learns_of_it(url: str, tmp_path: Path) -> None:
    async with open_store(url, tmp_path) as one, open_store(url, tmp_path) as other:
        kept = Conversations(one)
        made = await kept.create("a")
        await kept.save(made.id, "a", ConversationChange((said("Hello."),)))
        assert await Archive(other).delete(made.id)
        assert not await Archive(other).delete(made.id)
        with pytest.raises(ConversationLost) as lost:
            await kept.save(made.id, "a", ConversationChange((said("More.", 1),)))
        assert lost.value.code == "conversation_deleted"
        with pytest.raises(UnknownConversation):
            await kept.take("b", token=made.token)
        await kept.release(made.id, "a")


async def test_a_save_that_fails_leaves_nothing(store: Store) -> None:
    kept = Conversations(store)
    made = await kept.create("a")
    await kept.save(made.id, "a", ConversationChange((said("Hello."),)))
    impossible = KeptItem(Item("x"), position=2**80)
    with pytest.raises((OverflowError, StoreError)):
        await kept.save(made.id, "a", ConversationChange((said("More.", 1), impossible), ("item_0",), answer_due=True))
    taken = await kept.take("a", token=made.token)
    assert ([each.item.said for each in taken.items], taken.answer_due) == (["Hello."], False)


async def test_who_is_cancelled_leaves_a_whole_transaction_and_no_lock_behind(store: Store) -> None:
    kept = Conversations(store)
    made = await kept.create("a")

    async def save(number: int) -> None:
        words = str(number)
        await kept.save(made.id, "a", ConversationChange((said(words, 0), said(words, 1))))

    saving = [asyncio.create_task(save(number)) for number in range(ROUNDS)]
    for steps, task in enumerate(saving):
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
    await asyncio.gather(*saving, return_exceptions=True)
    await save(ROUNDS)
    first, second = (await kept.take("a", token=made.token)).items
    assert first.item.said == second.item.said


async def test_a_release_that_fails_is_told_to_the_log_only(store: Store) -> None:
    kept = Conversations(store)
    made = await kept.create("a")
    await hide_table(store)
    with capture_logs() as lines:
        await kept.release(made.id, "a")
    assert [(line["event"], line.get("conversation_id")) for line in lines] == [
        ("store.failed", None),
        ("conversation.unreleased", made.id),
    ]

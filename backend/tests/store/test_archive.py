import pytest
from sqlalchemy import select

from app.core.items import Item, Part
from app.errors import UnknownConversation
from app.ports import ConversationChange, KeptItem
from app.store.archive import Archive, Summary
from app.store.conversations import Conversations
from app.store.store import Store
from app.store.tables import items
from tests.store.opened import LONG_AGO, Clock, answered, said


@pytest.fixture
def archive(store: Store) -> Archive:
    return Archive(store)


@pytest.fixture
def kept(store: Store) -> Conversations:
    return Conversations(store)


async def talk(kept: Conversations, *spoken: KeptItem) -> str:
    """Keep a conversation; return its id."""
    made = await kept.create("a")
    await kept.save(made.id, "a", ConversationChange(spoken))
    return made.id


async def found(archive: Archive, query: str) -> list[str]:
    return [each.title for each in (await archive.list(query)).conversations]


async def test_a_summary_says_when_and_how_much_was_said(archive: Archive, kept: Conversations, clock: Clock) -> None:
    made = await kept.create("a")
    clock.now += 1.25
    call = KeptItem(Item("call", "function_call", call_id="c", name="f", arguments="{}"), 2)
    await kept.save(made.id, "a", ConversationChange((said("Hello.", 1), call, answered("Hi.", 3))))
    summary = Summary(made.id, "Hello.", LONG_AGO, LONG_AGO + 1.25, 2)
    assert (await archive.list()).conversations == [summary]
    assert (await archive.get(made.id))[0] == summary


async def test_what_holds_no_message_is_not_listed(archive: Archive, kept: Conversations) -> None:
    await kept.create("a")
    await talk(kept, KeptItem(Item("call", "function_call", call_id="c", name="f", arguments="{}"), 2))
    assert (await archive.list()).conversations == []


async def test_pages_go_from_the_newest_to_the_oldest_and_miss_none(
    archive: Archive, kept: Conversations, clock: Clock
) -> None:
    for number in range(7):
        clock.now += number % 2  # some of them changed at the same moment
        await talk(kept, said(f"Number {number}."))
    pages, after = [], None
    while True:
        page = await archive.list(limit=3, after=after)
        pages.append(page.conversations)
        after = page.next
        if after is None:
            break
    assert [len(page) for page in pages] == [3, 3, 1]
    shown = [each for page in pages for each in page]
    assert len({each.id for each in shown}) == 7
    assert shown == sorted(shown, key=lambda each: (each.updated_at, each.id), reverse=True)


async def test_a_page_that_is_just_full_is_the_last(archive: Archive, kept: Conversations) -> None:
    await talk(kept, said("Only one."))
    assert (await archive.list(limit=1)).next is None


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["Milk 100%", "東京タワー", "Straße"]),
        ("  ", ["Milk 100%", "東京タワー", "Straße"]),
        ("STRASSE", ["Straße"]),
        ("京タ", ["東京タワー"]),
        ("ﾀﾜｰ", ["東京タワー"]),
        ("東京の天気", []),
        ("ｋａｆｆｅｅ", ["Straße"]),  # noqa: RUF001 - wide letters are the point
        ("i see", ["Milk 100%"]),
        ("%", ["Milk 100%"]),
        ("0%", ["Milk 100%"]),
        ("m_lk", []),
        ("/", ["東京タワー"]),
        ("\\", []),
        ("'; --", []),
        ("\0\ud800", []),
    ],
)
async def test_words_are_found_in_titles_and_in_what_was_said(
    archive: Archive, kept: Conversations, clock: Clock, query: str, titles: list[str]
) -> None:
    for spoken in (
        (said("Straße", 1), answered("Kaffee?", 2)),
        (said("東京タワー", 1), answered("Yes/no.", 2)),
        (said("Milk 100%", 1), answered("I see.", 2)),
    ):
        clock.now += 1
        await talk(kept, *spoken)
    assert await found(archive, query) == titles


async def test_what_was_not_heard_is_not_found(archive: Archive, kept: Conversations) -> None:
    await talk(kept, said("Title", 1), answered("Heard. Unheard.", 2, heard="Heard."))
    assert await found(archive, "heard.") == ["Title"]
    assert await found(archive, "unheard") == []


async def test_an_item_that_changed_is_found_by_its_new_words_only(archive: Archive, kept: Conversations) -> None:
    made = await kept.create("a")
    for words in ("one", "two"):
        await kept.save(made.id, "a", ConversationChange((said("Title", 1), answered(words, 2))))
    assert (await found(archive, "one"), await found(archive, "two")) == ([], ["Title"])


async def test_a_title_by_hand_is_found_and_stays(archive: Archive, kept: Conversations) -> None:
    conversation_id = await talk(kept, answered("Welcome.", 1))
    renamed = await archive.rename(conversation_id, "Der Große Plan")
    assert (renamed.id, renamed.title) == (conversation_id, "Der Große Plan")
    await kept.save(conversation_id, "a", ConversationChange((said("Hello.", 2),)))
    assert await found(archive, "GROSSE") == ["Der Große Plan"]
    assert await found(archive, "hello") == ["Der Große Plan"]


async def test_a_new_title_moves_no_conversation(archive: Archive, kept: Conversations, clock: Clock) -> None:
    older = await talk(kept, said("older"))
    clock.now += 1
    newer = await talk(kept, said("newer"))
    clock.now += 1
    assert (await archive.rename(older, "renamed")).updated_at == LONG_AGO
    assert [each.id for each in (await archive.list()).conversations] == [newer, older]


async def test_all_items_are_shown_in_order(archive: Archive, kept: Conversations) -> None:
    conversation_id = await talk(kept, *(said(str(number), number) for number in (2, 0, 1)))
    _, shown = await archive.get(conversation_id)
    assert [kept.item.parts for kept in shown] == [(Part("input_audio", str(number)),) for number in range(3)]


async def test_with_a_conversation_its_items_are_deleted(store: Store, archive: Archive, kept: Conversations) -> None:
    gone, stays = await talk(kept, said("gone")), await talk(kept, said("stays"))
    assert await archive.delete(gone)
    assert await found(archive, "") == ["stays"]
    left = await store.read(lambda connection: connection.execute(select(items.c.conversation_id)))
    assert left.scalars().all() == [stays]
    with pytest.raises(UnknownConversation):
        await archive.get(gone)
    with pytest.raises(UnknownConversation):
        await archive.rename(gone, "x")
    assert not await archive.delete(gone)
